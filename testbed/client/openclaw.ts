import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import WebSocket from "ws";
import type { Browser } from "./http";

/** A message of OpenClaw's WebSocket protocol, version 4. */
interface Frame {
  type: string;
  id?: string;
  event?: string;
  ok?: boolean;
  payload?: Record<string, unknown>;
  error?: { code?: string; message?: string };
}

/** A conversation with the agent. */
export interface Conversation {
  key: string;
  sessionId: string;
}

export class Refused extends Error {}

/** What OpenClaw knows a browser by, on all its connections. */
export interface Device {
  id: string;
  /** As it is sent. */
  publicKey: string;
  privateKey: KeyObject;
}

export function newDevice(): Device {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return { id: createHash("sha256").update(raw).digest("hex"), publicKey: raw.toString("base64url"), privateKey };
}

/** What a connection says it is. */
export interface Self {
  /** By default a new one, which OpenClaw remembers for good. */
  device?: Device;
  /** Product and kind of client, in OpenClaw's words. @default the Control UI */
  client?: { id: string; mode: string };
}

const PROTOCOL = 4;
const TIMEOUT_MS = 60_000;
const CLIENT = { id: "openclaw-control-ui", version: "dev", buildId: "dev", platform: "linux", mode: "webchat" };

/** The Control UI's connection: a WebSocket with the browser's session, and a device. */
export class OpenClawClient {
  /** What the gateway granted. */
  scopes: string[] = [];
  private readonly answers = new Map<string, (frame: Frame) => void>();
  private readonly listeners = new Set<(frame: Frame) => void>();

  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>;

  private constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  /**
   * Connects and asks for these scopes. Rejects with {@link Refused} if the edge, the guard or OpenClaw says no.
   * @param headers Over the usual ones; `undefined` leaves one out.
   */
  static connect(
    browser: Browser,
    wanted: string[],
    headers: Record<string, string | undefined> = {},
    self: Self = {},
  ): Promise<OpenClawClient> {
    const url = `${browser.origin.replace("https:", "wss:")}/`;
    const cookie = browser.cookies.getCookieStringSync(browser.origin);
    const all = Object.entries({ origin: browser.origin, cookie, ...headers }).filter(
      ([, value]) => value !== undefined,
    );
    const socket = new WebSocket(url, {
      ca: browser.roots,
      headers: Object.fromEntries(all) as Record<string, string>,
    });
    const client = new OpenClawClient(socket);
    return new Promise((resolve, reject) => {
      const refuse = (reason: string) => {
        clearTimeout(timer);
        socket.terminate();
        reject(new Refused(reason));
      };
      const timer = setTimeout(() => refuse("no answer to the handshake"), TIMEOUT_MS);
      socket.on("unexpected-response", (_request, response) => refuse(`HTTP ${response.statusCode}`));
      socket.on("error", (error) => refuse(error.message));
      socket.on("close", (code, reason) => refuse(`closed: ${code} ${reason}`));
      socket.on("message", (data) => {
        const frame = JSON.parse(data.toString()) as Frame;
        if (frame.event !== "connect.challenge") return client.receive(frame);
        client.request("connect", handshake(self, frame.payload as { nonce: string; ts: number }, wanted)).then(
          (hello) => {
            clearTimeout(timer);
            client.scopes = (hello.auth as { scopes: string[] }).scopes;
            resolve(client);
          },
          (error: Error) => refuse(error.message),
        );
      });
    });
  }

  /** Calls a method of the gateway. */
  request(method: string, params: object): Promise<Record<string, unknown>> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), TIMEOUT_MS);
      this.answers.set(id, (frame) => {
        clearTimeout(timer);
        if (frame.ok) resolve(frame.payload ?? {});
        else reject(new Refused(`${frame.error?.code ?? ""} ${frame.error?.message ?? ""}`.trim()));
      });
      this.socket.send(JSON.stringify({ type: "req", id, method, params }));
    });
  }

  /** Starts a conversation of one's own; Home belongs to whoever used it first. */
  async converse(): Promise<Conversation> {
    const { key, sessionId } = await this.request("sessions.create", { agentId: "main" });
    return { key, sessionId } as Conversation;
  }

  /** Takes a conversation out of the list of those that go on. */
  async archive({ key, sessionId }: Conversation): Promise<void> {
    await this.request("sessions.patch", { key, expectedSessionId: sessionId, archived: true });
  }

  /** The next event of this name, from now on. */
  next(event: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no event ${event}`)), TIMEOUT_MS);
      const listener = (frame: Frame) => {
        if (frame.event !== event) return;
        clearTimeout(timer);
        this.listeners.delete(listener);
        resolve(frame.payload ?? {});
      };
      this.listeners.add(listener);
    });
  }

  /** Sends a chat message into a conversation and returns the model's answer. */
  async chat({ key }: Conversation, message: string): Promise<string> {
    const { answer, stop } = this.answerIn(key);
    // If even the sending fails, nobody waits for the answer.
    answer.catch(() => {});
    try {
      await this.request("chat.send", { sessionKey: key, message, idempotencyKey: randomUUID() });
      return await answer;
    } finally {
      stop();
    }
  }

  /** Resolves when the other end has answered a ping. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no pong")), TIMEOUT_MS);
      this.socket.once("pong", () => {
        clearTimeout(timer);
        resolve();
      });
      this.socket.ping();
    });
  }

  close(): void {
    this.socket.close();
  }

  private answerIn(key: string): { answer: Promise<string>; stop: () => void } {
    let stop = () => {};
    const answer = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the chat was not answered")), TIMEOUT_MS);
      const listener = ({ event, payload }: Frame) => {
        if (event !== "chat" || payload?.sessionKey !== key) return;
        if (payload.state === "final") resolve(textOf(payload.message));
        if (payload.state === "error") reject(new Error(`the chat failed: ${payload.errorMessage}`));
      };
      this.listeners.add(listener);
      stop = () => {
        clearTimeout(timer);
        this.listeners.delete(listener);
      };
    });
    return { answer, stop };
  }

  private receive(frame: Frame): void {
    if (frame.type === "res" && frame.id) {
      this.answers.get(frame.id)?.(frame);
      this.answers.delete(frame.id);
    } else {
      for (const listener of this.listeners) listener(frame);
    }
  }
}

function handshake(self: Self, { nonce, ts }: { nonce: string; ts: number }, scopes: string[]): object {
  const device = self.device ?? newDevice();
  const client = { ...CLIENT, ...self.client };
  const fields = [
    "v3",
    device.id,
    client.id,
    client.mode,
    "operator",
    scopes.join(","),
    `${ts}`,
    "",
    nonce,
    client.platform,
    "",
  ];
  return {
    minProtocol: PROTOCOL,
    maxProtocol: PROTOCOL,
    client,
    role: "operator",
    scopes,
    caps: [],
    commands: [],
    permissions: {},
    locale: "en-US",
    userAgent: "zero-trust-openclaw",
    device: {
      id: device.id,
      publicKey: device.publicKey,
      signature: sign(null, Buffer.from(fields.join("|")), device.privateKey).toString("base64url"),
      signedAt: ts,
      nonce,
    },
  };
}

function textOf(message: unknown): string {
  const content = (message as { content?: unknown })?.content;
  if (!Array.isArray(content)) return `${content ?? ""}`;
  return content.map((part: { text?: string }) => part.text ?? "").join("");
}
