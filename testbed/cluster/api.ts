/** Asks the node's API server whether it is ready, without a program in between. */
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { apiServer } from "./layout";
import { pkiFile } from "./pki";

/** Undefined when it is ready, else why not. Node's client asks no proxy. */
export function apiUnready(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(
      `${apiServer}/readyz`,
      { ca: readFileSync(pkiFile("ca.crt")), timeout: 2000, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 ? undefined : `it answers ${answer.statusCode}`);
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer within 2 s")));
    request.on("error", (error) => resolve(error.message));
  });
}
