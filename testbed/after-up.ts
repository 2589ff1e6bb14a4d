/** What `up` says and checks when the stack is there. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { chatOnce } from "./client/check";
import type { User } from "./client/sign-in";
import type { StateDirectory } from "./paths";
import { elapsed, Problem, type Step } from "./progress";

export type { User };

/** What `outputs` prints. */
export interface Outputs {
  readonly url: string;
  /** PEM file of the authorities that sign what `url` shows. */
  readonly trustBundle: string;
  readonly users: readonly User[];
  /** JSON file. */
  readonly perimeter: string;
}

export interface AfterUp {
  readonly outputs: Outputs;
  readonly state: StateDirectory;
  readonly step: Step;
}

/**
 * Runs as the last step of `up`: signs in as the operator and chats, because nothing less shows that everything works together. Returns
 * the text of that step's line; throws when something does not work.
 */
export async function afterUp({ outputs: { url, trustBundle, users }, step }: AfterUp): Promise<string> {
  const operator = users.find(({ role }) => role === "operator");
  if (operator === undefined) throw new Problem("The stack has no operator to sign in as.");
  step.say(`chatting as ${operator.email}`);
  const started = Date.now();
  const answer = await chatOnce(url, readFileSync(trustBundle, "utf8"), operator);
  return `signed in as ${operator.email} and got an answer after ${elapsed(started)}: ${answer.slice(0, 60)}…`;
}

/** The closing words of `up`. */
export function greeting({ url, trustBundle, users }: Outputs): string[] {
  const width = Math.max(0, ...users.map(({ email }) => email.length));
  return [
    "",
    `OpenClaw is at ${url}`,
    "",
    ...users.map(
      ({ email, password, role, totp }) =>
        `  ${email.padEnd(width)}  password ${password}  ${role}${totp === undefined ? "" : ", and the code that make otp prints"}`,
    ),
    "",
    `The certificate is signed by this stack's own authority: let the browser trust ${relative(process.cwd(), trustBundle)}, or accept its warning.`,
    "`make outputs` shows this as JSON, `make down` removes everything.",
  ];
}
