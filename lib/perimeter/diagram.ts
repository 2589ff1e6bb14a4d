import { escaped } from "./mermaid";
import { type Flow, INTERNET, type Perimeter, type Workload } from "./model";

/**
 * A picture of the perimeter as a Mermaid flowchart: a box per zone with its workloads and the credentials they hold, an arrow per flow
 * labelled with port and authentication, and for flows to the internet the hosts. All in declared order, so a change of the perimeter
 * is a small change of the text.
 *
 * @example
 * `\`\`\`mermaid\n${diagram(perimeter)}\`\`\`` // a block that renders in a pull request
 */
export function diagram(perimeter: Perimeter): string {
  const { zones, workloads, flows } = perimeter;
  const outside = flows.some(({ from, to }) => from === INTERNET || to === INTERNET);
  return [
    "flowchart LR",
    ...(outside ? [`  ${nodeId(INTERNET)}(("${INTERNET}"))`] : []),
    ...zones.flatMap(({ name }) => [
      `  subgraph ${id("zone", name)}["${escaped(name)}"]`,
      ...workloads.filter((workload) => workload.zone === name).map((workload) => `    ${node(workload)}`),
      "  end",
    ]),
    ...flows.map((flow) => `  ${nodeId(flow.from)} -->|"${label(flow)}"| ${nodeId(flow.to)}`),
    "",
  ].join("\n");
}

function node({ name, credentials = [] }: Workload): string {
  const lines = [escaped(name), ...credentials.map((credential) => `🔑 ${escaped(credential)}`)];
  return `${nodeId(name)}["${lines.join("<br/>")}"]`;
}

function label({ port, authentication, hosts = [] }: Flow): string {
  return [`${escaped(port)} · ${escaped(authentication)}`, ...hosts.map(escaped)].join("<br/>");
}

function nodeId(name: string): string {
  return name === INTERNET ? INTERNET : id("workload", name);
}

/** The kind in front keeps words of Mermaid's own, such as `end`, from being taken for such. */
function id(kind: string, name: string): string {
  return `${kind}_${name.replace(/[^a-z0-9]/g, "_")}`;
}
