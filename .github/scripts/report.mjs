import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** GitHub takes 65 536 characters, ours included. */
const LIMIT = 60_000;
/** Control characters, and those that turn the direction of text so that it reads otherwise than it is. */
const UNSEEN = /[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069]/u;

/**
 * What a preview left, held to be written by a stranger: plain files, no larger than a comment, of nothing but text.
 *
 * @param {string} folder
 * @returns {{ number: number, markdown: string } | undefined} undefined when the preview failed before it had something to say
 */
export function readReport(folder) {
  const markdown = read(join(folder, "comment.md"), LIMIT);
  if (markdown === undefined) return undefined;
  const number = read(join(folder, "pull-request.txt"), 16)?.trim() ?? "";
  if (!/^[1-9]\d{0,9}$/.test(number)) throw new Error("pull-request.txt holds no number of a pull request.");
  return { number: Number(number), markdown };
}

/** @param {string} path @param {number} limit @returns {string | undefined} */
function read(path, limit) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new Error(`${name} is not a file.`);
  if (found.size > limit) throw new Error(`${name} has ${found.size} bytes, and ${limit} are allowed.`);
  const text = decode(readFileSync(path), name);
  if (UNSEEN.test(text)) throw new Error(`${name} has characters that cannot be seen.`);
  return text;
}

/** @param {Buffer} bytes @param {string} name */
function decode(bytes, name) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${name} is not text.`);
  }
}
