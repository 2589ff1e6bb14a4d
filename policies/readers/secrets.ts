import JSON5 from "json5";
import { parse } from "yaml";
import type { Document } from "./documents";
import { text, walk } from "./values";

/** How well-known secrets look, whatever they are called. */
const FORMATS: [title: string, format: RegExp][] = [
  ["a private key", /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/],
  ["a model provider's key", /\bsk-[A-Za-z0-9_-]{20,}/],
  ["a GitHub token", /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})/],
  ["a Slack token", /\bxox[abeprs]-[A-Za-z0-9-]{10,}/],
  ["an AWS key", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a Google key", /\bAIza[A-Za-z0-9_-]{35}/],
  ["a signed token", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'$]+:[^\s/@"'$]+@/],
];

/** What secret a text has in it. */
export function secretIn(content: string): string | undefined {
  return FORMATS.find(([, format]) => format.test(content))?.[0];
}

const NAME =
  /(^|[_.-]|(?<=[a-z]))(password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credentials?)$/i;

/** Whether something of this name and value is a secret written down, and not where one is. */
export function isSecret(name: string, value: string): boolean {
  return namesSecret(name) && value.length >= 4 && !/^(\/|\$|\{\{|%|true$|false$|\d{1,5}$)/i.test(value.trim());
}

export const namesSecret = (name: string): boolean => NAME.test(name);

/** Names of keys of a document whose values are secrets written down. */
export function secretKeys({ file, content }: Document): string[] {
  const found: string[] = [];
  const look = (name: string, value: string) => {
    if (isSecret(name, value)) found.push(name);
  };
  look(file, content);
  walk(parsed(file, content), (value, way) => look(way.at(-1) ?? "", text(value) ?? ""));
  for (const [, name = "", value = ""] of content.matchAll(/^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/gm))
    look(name, value);
  return found;
}

function parsed(file: string, content: string): unknown {
  try {
    if (/^\s*[{[]/.test(content)) return JSON5.parse(content);
    return /\.ya?ml$/.test(file) ? parse(content) : undefined;
  } catch {
    return undefined;
  }
}
