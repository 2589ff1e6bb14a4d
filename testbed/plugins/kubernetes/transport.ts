/** Requests to an API server. */
import http from "node:http";
import https from "node:https";
import type { Transport } from "./api";

/** What a request needs beside its address: credentials, and how to know the server. */
export type Credentials = () => Promise<https.RequestOptions>;

/** Beyond this the server is taken for gone. Every question here is answered at once. */
const TIMEOUT_MS = 32_000;

export function transport(server: string, credentials: Credentials): Transport {
  const base = new URL(server);
  const { request } = base.protocol === "http:" ? http : https;
  return async ({ method, path, query = {}, body, contentType = "application/json", signal }) => {
    const url = new URL(base.href.replace(/\/$/, "") + path);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const { headers, ...options } = await credentials();
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(signal?.aborted ? signal.reason : unreachable(method, url, error));
      const sent = request(
        url,
        {
          ...options,
          method,
          signal,
          timeout: TIMEOUT_MS,
          headers: {
            ...headers,
            Accept: "application/json",
            ...(payload !== undefined && { "Content-Type": contentType, "Content-Length": Buffer.byteLength(payload) }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", fail);
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
          );
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("i/o timeout")));
      sent.on("error", fail);
      sent.end(payload);
    });
  };
}

function unreachable(method: string, url: URL, error: NodeJS.ErrnoException): Error {
  const verb = method[0] + method.slice(1).toLowerCase();
  // An address that resolves to several fails with a list of failures and no message of its own.
  const said = error.message || (error as unknown as AggregateError).errors?.[0]?.message || error.code;
  return new Error(`${verb} "${url.href}": ${said}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
