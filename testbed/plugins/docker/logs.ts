/** The engine's log stream. */

const HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;

/** Standard output and standard error in the order in which they were written. Without a terminal each piece comes behind a header. */
export function plainLog(stream: Buffer, tty: boolean): string {
  if (tty) return stream.toString("utf8");
  const pieces: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= stream.length; ) {
    const end = at + HEADER_BYTES + stream.readUInt32BE(at + LENGTH_OFFSET);
    pieces.push(stream.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(pieces).toString("utf8");
}
