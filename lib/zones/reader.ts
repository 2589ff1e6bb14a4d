import { nameProblem, suggest } from "../perimeter";
import type { ZonesProblem } from "./error";
import type { Located, Source } from "./source";
import { withoutTypesetting } from "./typeset";

/** Takes values of a document apart, and collects what is wrong with them instead of stopping at the first. */
export class Reader {
  readonly problems: ZonesProblem[] = [];

  constructor(
    private readonly source: Source,
    private readonly warn: (warning: string) => void,
  ) {}

  report(node: Located, message: string): void {
    this.problems.push(this.source.problemAt(node.offset, message));
  }

  /** The fields of a map; one that is not known may have an explanation of its own. */
  fields(
    node: Located,
    what: string,
    known: readonly string[],
    explain: (key: string, value: Located) => string | undefined = () => undefined,
  ): Map<string, Located> {
    if (node.kind !== "map") {
      this.report(node, `${what} is ${shown(node)}; write ${known.map((key) => `"${key}: …"`).join(", ")}`);
      return new Map();
    }
    for (const [key, value] of node.fields)
      if (!known.includes(key))
        this.report(value, explain(key, value) ?? `${what} has no "${key}"; ${suggest(key, known)}`);
    return node.fields;
  }

  list(node: Located | undefined, what: string): Located[] {
    if (node === undefined) return [];
    if (node.kind === "list") return node.items;
    this.report(node, `${what} is ${shown(node)}; write a list, [] for none`);
    return [];
  }

  text(node: Located, what: string): string {
    if (node.kind === "text") return node.text;
    const isPlain = node.kind === "other" && node.source !== "";
    this.report(node, `${what} is ${shown(node)}; ${isPlain ? `write it in quotes: "${node.source}"` : "write text"}`);
    return "";
  }

  /** A name that others refer to, as it was before the document was laid out for print. */
  name(node: Located, what: string): string {
    const written = this.text(node, what);
    if (written.includes("*")) this.report(node, `${what} "${written}" is a wildcard; list each name`);
    const name = withoutTypesetting(written);
    if (name === written || nameProblem(name) !== undefined) return written;
    const { place } = this.source.problemAt(node.offset, "");
    this.warn(`${place}: ${what} "${written}" ${nameProblem(written)}; it is read so`);
    return name;
  }

  texts(node: Located, what: string): string[] {
    return this.list(node, what).map((item) => this.text(item, `an entry of ${what}`));
  }

  names(node: Located, what: string): string[] {
    return this.list(node, what).map((item) => this.name(item, `an entry of ${what}`));
  }

  /** Port numbers by name; in decimal, as other notations are read differently by different programs. */
  ports(node: Located): Record<string, number> {
    if (node.kind !== "map") {
      this.report(node, `"ports" is ${shown(node)}; write each with its name: { https: 8443 }, {} for none`);
      return {};
    }
    const ports = [...node.fields].map(([name, value]) => {
      const isNumber = value.kind === "other" && DECIMAL.test(value.source);
      if (!isNumber) this.report(value, `port "${name}" is ${shown(value)}; write a number such as 8443`);
      return [name, isNumber ? Number(value.source) : 0];
    });
    return Object.fromEntries(ports);
  }

  /** The name of a port; for the internet its number, which may stand without quotes. */
  port(node: Located): string {
    return node.kind === "other" && DECIMAL.test(node.source) ? node.source : this.name(node, "port");
  }
}

const DECIMAL = /^[1-9]\d{0,5}$/;

function shown(node: Located): string {
  if (node.kind === "text") return `the text "${node.text}"`;
  if (node.kind !== "other") return `a ${node.kind}`;
  return node.source === "" ? "empty" : node.source;
}
