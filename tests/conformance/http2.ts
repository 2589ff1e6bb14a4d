import type { Answer } from "./probe";

/** Just enough of HTTP/2 to send one request that no honest library would send. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const END_STREAM = 1;
const END_HEADERS = 4;

/** Header fields as they are, on stream 1, then the body. */
export function h2Request(headers: [string, string][], body?: string): Buffer {
  const block = Buffer.concat(headers.map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])));
  const ended = body === undefined ? END_STREAM : 0;
  return Buffer.concat([
    PREFACE,
    frame(SETTINGS, 0, 0, Buffer.alloc(0)),
    frame(HEADERS, END_HEADERS | ended, 1, block),
    ...(body === undefined ? [] : [frame(DATA, END_STREAM, 1, Buffer.from(body))]),
  ]);
}

/** What came of it: the status of the answer, or how the request or the whole connection was ended. */
export function h2Outcome({ connected, handshake, received, ended }: Answer): string {
  if (!connected) return "no connection";
  if (handshake !== "ok") return "no handshake";
  for (const { type, payload } of frames(received)) {
    if (type === HEADERS) return status(payload);
    if (type === RST_STREAM) return "stream reset";
    if (type === GOAWAY) return "connection ended";
  }
  return ended === "time" ? "left waiting" : "hung up";
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function frames(received: Buffer): { type: number; payload: Buffer }[] {
  const found: { type: number; payload: Buffer }[] = [];
  for (let at = 0; at + 9 <= received.length; ) {
    const length = received.readUIntBE(at, 3);
    found.push({ type: received[at + 3] as number, payload: received.subarray(at + 9, at + 9 + length) });
    at += 9 + length;
  }
  return found;
}

/** A string of HPACK without Huffman's code: its length with a prefix of seven bits, then its bytes. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}

/** Statuses with a place in HPACK's table. */
const INDEXED: Record<number, string> = {
  136: "200",
  137: "204",
  138: "206",
  139: "304",
  140: "400",
  141: "404",
  142: "500",
};
/** Huffman's code of the digits; those of five bits come first. */
const DIGITS: Record<string, string> = {
  "00000": "0",
  "00001": "1",
  "00010": "2",
  "011001": "3",
  "011010": "4",
  "011011": "5",
  "011100": "6",
  "011101": "7",
  "011110": "8",
  "011111": "9",
};

/** The status stands first in a block of header fields. */
function status(block: Buffer): string {
  const [first = 0, length = 0] = block;
  const indexed = INDEXED[first];
  if (indexed) return indexed;
  const value = block.subarray(2, 2 + (length & 127));
  if ((length & 128) === 0) return value.toString();
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3; ) {
    const size = DIGITS[bits.slice(at, at + 5)] ? 5 : 6;
    digits += DIGITS[bits.slice(at, at + size)] ?? "?";
    at += size;
  }
  return digits;
}
