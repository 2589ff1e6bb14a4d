import { Authentication, type Credential, type Flow } from "../perimeter";
import type { Places } from "./places";
import type { Reader } from "./reader";
import type { Located } from "./source";

const NEEDED = ["from", "to", "port", "authentication", "purpose"];
const FLOW = [...NEEDED, "hosts", "ranges"];

/** The document's flows; nothing of one is filled in. */
export function readFlows(node: Located | undefined, reader: Reader, places: Places): Flow[] {
  return reader.list(node, '"flows"').map((flow, i) => {
    places.add(`flows[${i}]`, flow);
    const fields = reader.fields(flow, "a flow", FLOW);
    const missing = NEEDED.filter((key) => !fields.has(key));
    if (flow.kind === "map" && missing.length > 0)
      reader.report(flow, `a flow without ${missing.map((key) => `"${key}"${hint(key)}`).join(", ")}; add what it is`);
    const read = (key: string, how: (value: Located) => string) => {
      const value = fields.get(key);
      return value === undefined ? "" : how(value);
    };
    const [hosts, ranges] = [fields.get("hosts"), fields.get("ranges")];
    return {
      from: read("from", (value) => reader.name(value, '"from"')),
      to: read("to", (value) => reader.name(value, '"to"')),
      port: read("port", (value) => reader.port(value)),
      ...(hosts && { hosts: reader.texts(hosts, '"hosts"') }),
      ...(ranges && { ranges: reader.texts(ranges, '"ranges"') }),
      authentication: read("authentication", (value) => reader.text(value, '"authentication"')) as Authentication,
      purpose: read("purpose", (value) => reader.text(value, '"purpose"')),
    };
  });
}

function hint(key: string): string {
  return key === "authentication" ? ` (${Object.values(Authentication).join(", ")})` : "";
}

/** The document's credentials. */
export function readCredentials(node: Located | undefined, reader: Reader, places: Places): Credential[] {
  return reader.list(node, '"credentials"').map((credential, i) => {
    places.add(`credentials[${i}]`, credential);
    const fields = reader.fields(credential, "a credential", ["name", "opens"]);
    const [name, opens] = [fields.get("name"), fields.get("opens")];
    if (credential.kind === "map" && (name === undefined || opens === undefined))
      reader.report(credential, 'a credential needs a "name" and what it "opens"; add what is missing');
    return {
      name: name === undefined ? "" : reader.name(name, "credential"),
      opens: opens === undefined ? "" : reader.text(opens, '"opens"'),
    };
  });
}
