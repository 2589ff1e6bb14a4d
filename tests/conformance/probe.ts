/** What the probe is asked and what it answers; `probe/order.go` says what the fields mean. */
export interface Order {
  dial?: string;
  tls?: TlsOrder;
  send?: { data: string | Buffer; afterMs?: number; repeat?: number; afterAnswer?: boolean }[];
  receive?: { forMs?: number; quietMs?: number; maxBytes?: number };
  resolve?: string;
  datagram?: string;
  listening?: boolean;
  file?: string;
}

/** PEM, or files of the position such as `/certificates/leaf/tls.crt`. */
export interface TlsOrder {
  serverName?: string;
  ca?: string;
  cert?: string;
  key?: string;
  alpn?: string[];
  maxVersion?: "1.2" | "1.3";
  resume?: boolean;
}

export interface Answer {
  connected: boolean;
  dialError?: string;
  handshake?: string;
  version?: string;
  protocol?: string;
  names?: string[];
  /** Of the peer's certificate, in decimal. */
  serial?: string;
  resumed: boolean;
  received: Buffer;
  ended: string;
  elapsedMs: number;
  addresses?: string[];
  error?: string;
}

/** An order as a line of JSON. */
export function written(id: string, { send = [], ...order }: Order): string {
  const pieces = send.map(({ data, ...piece }) => ({ ...piece, data: Buffer.from(data).toString("base64") }));
  return `${JSON.stringify({ id, ...order, send: pieces })}\n`;
}

/** The answer in a line of JSON. */
export function read(line: string): Answer & { id: string } {
  const answer = JSON.parse(line) as Omit<Answer, "received"> & { id: string; received: string | null };
  return { ...answer, received: Buffer.from(answer.received ?? "", "base64") };
}
