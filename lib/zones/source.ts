import type { CST, Document } from "yaml";
import { yaml } from "../internal/yaml";
import { ZonesError, type ZonesProblem } from "./error";

/** A value of the document, and where it starts. */
export type Located =
  | { kind: "text"; offset: number; text: string }
  | { kind: "map"; offset: number; fields: Map<string, Located> }
  | { kind: "list"; offset: number; items: Located[] }
  /** A number, a truth value or nothing, as it is written. */
  | { kind: "other"; offset: number; source: string };

/** A document that could be read. */
export interface Source {
  root: Located;
  problemAt(offset: number, message: string): ZonesProblem;
}

const MOST_CHARACTERS = 1 << 20;

/** The format needs 4; each is at most a collection, a key and a value to the parser. The composer would use up the stack. */
const DEEPEST = 24;

/**
 * Reads YAML in which every value has one meaning: no anchors, aliases or tags, no key twice, names as keys.
 * @throws ZonesError with line and column
 */
export function readSource(text: string): Source {
  const { Composer, LineCounter } = yaml();
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  const problemAt = (offset: number, message: string): ZonesProblem => {
    const { line, col: column } = lines.linePos(offset);
    return { place: `line ${line}, column ${column}`, line, column, message };
  };
  const refuse = (offset: number, message: string) => new ZonesError([problemAt(offset, message)]);

  if (text.length > MOST_CHARACTERS)
    throw refuse(0, `the document has ${text.length} characters; ${MOST_CHARACTERS} are allowed`);
  const [document, another] = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: "silent" }).compose(
    tokens(text, (offset) => refuse(offset, "nested deeper than zones, services and their ports are; write it flat")),
  );
  if (document === undefined) throw refuse(0, NO_ZONES);
  const [first] = document.errors;
  if (first !== undefined) {
    // Documents that were laid out for print have these where others have spaces, and an editor does not show them.
    const hint = text.includes("\u00a0") ? "; the text has U+00A0 NO-BREAK SPACE, indent with plain spaces" : "";
    throw refuse(first.pos[0], `no YAML: ${first.message}${hint}`);
  }
  if (another !== undefined) throw refuse(another.range[0], "a second document starts; keep one");
  const problems: ZonesProblem[] = [];
  const root = convert(document.contents, 0, text, (offset, message) => problems.push(problemAt(offset, message)));
  if (problems.length > 0) throw new ZonesError(problems);
  if (root.kind !== "map") throw refuse(root.offset, NO_ZONES);
  return { root, problemAt };
}

/** What to write where there are no zones. */
export const NO_ZONES = 'no "zones"; write "zones:" and below it a list of "- name: …" with "allow:"';

function* tokens(text: string, tooDeep: (offset: number) => Error): Generator<CST.Token> {
  const { Lexer, Parser } = yaml();
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > DEEPEST) throw tooDeep(parser.offset - lexeme.length);
  }
  yield* parser.end();
}

type Report = (offset: number, message: string) => void;
type YamlNode = Document["contents"];

function convert(node: YamlNode, parent: number, text: string, report: Report): Located {
  const { isAlias, isMap, isScalar, isSeq } = yaml();
  const offset = node?.range?.[0] ?? parent;
  if (isAlias(node)) report(offset, `"*${node.source}" stands for what is written elsewhere; write it out`);
  else if (node?.anchor !== undefined) report(offset, `anchor "&${node.anchor}" is not allowed; remove it`);
  if (node?.tag !== undefined) report(offset, `tag "${node.tag}" is not allowed; remove it, text may stand in quotes`);
  if (isSeq<YamlNode>(node))
    return { kind: "list", offset, items: node.items.map((item) => convert(item, offset, text, report)) };
  if (isScalar(node) && typeof node.value === "string") return { kind: "text", offset, text: node.value };
  if (!isMap<YamlNode, YamlNode>(node)) return { kind: "other", offset, source: text.slice(offset, node?.range?.[1]) };
  const fields = new Map<string, Located>();
  for (const { key, value } of node.items) {
    const name = convert(key, offset, text, report);
    const field = convert(value, name.offset, text, report);
    if (name.kind === "other") report(name.offset, `key ${name.source} is no text; write it in quotes`);
    else if (name.kind !== "text") report(name.offset, "a key must be a name, not a list or map");
    else if (fields.has(name.text))
      report(name.offset, `"${name.text}" is there already; keep one, or indent each below what it belongs to`);
    else fields.set(name.text, field);
  }
  return { kind: "map", offset, fields };
}
