import { escaped } from "../../perimeter/mermaid";
import { INTERNET } from "../../perimeter/model";
import { sorted } from "../findings";
import type { ChangedPart, Mark } from "../types";
import { visible } from "../visible";

type ChangedFlow = ChangedPart["flows"][number];
type ChangedWorkload = ChangedPart["workloads"][number];

const SIGNS: Record<Mark, string> = { added: "➕ ", removed: "➖ ", changed: "✱ ", same: "" };
const COLOURS: Record<Exclude<Mark, "same">, string> = { added: "#1a7f37", removed: "#cf222e", changed: "#9a6700" };
/** Hosts of a flow that fit onto an arrow. */
const HOSTS = 5;

/**
 * A Mermaid flowchart of what differs, by zones: what came, went or changed has a sign and a colour, what is there for its flows has none.
 * Of a big change as many flows as are wanted, with the workloads they join; `left` says how much is not drawn.
 */
export function picture({ workloads, flows }: ChangedPart, most: number): { text: string; left: number } {
  const drawn = flows.slice(0, most);
  const ends = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const marked = workloads.filter(({ name, mark }) => mark !== "same" && !ends.has(name));
  const shown = [...workloads.filter(({ name }) => ends.has(name)), ...marked.slice(0, most)];
  const ids = new Map([[INTERNET, INTERNET], ...shown.map(({ name }, i) => [name, `w${i}`] as const)]);
  const zones = sorted(shown.map(({ zone }) => zone));
  const text = [
    "flowchart LR",
    ...(ends.has(INTERNET) ? [`  ${INTERNET}(("${INTERNET}"))`] : []),
    ...zones.flatMap((zone, i) => [
      `  subgraph z${i}["${label(zone)}"]`,
      ...shown
        .filter((member) => member.zone === zone)
        .map((member) => `    ${ids.get(member.name)}["${SIGNS[member.mark]}${label(member.name)}"]`),
      "  end",
    ]),
    ...drawn.map((flow) => `  ${ids.get(flow.from)} ${arrow(flow)} ${ids.get(flow.to)}`),
    ...styles(shown, drawn, ids),
    "",
  ].join("\n");
  return { text, left: flows.length - drawn.length + Math.max(0, marked.length - most) };
}

function arrow({ label: lines, mark }: ChangedFlow): string {
  const [first = "", ...others] = lines;
  const more = others.length > HOSTS ? [`and ${others.length - HOSTS} more`] : [];
  const text = [`${SIGNS[mark]}${label(first)}`, ...others.slice(0, HOSTS).map(label), ...more].join("<br/>");
  return `${mark === "removed" ? "-.->" : "-->"}|"${text}"|`;
}

function styles(workloads: ChangedWorkload[], flows: ChangedFlow[], ids: ReadonlyMap<string, string>): string[] {
  return Object.entries(COLOURS).flatMap(([mark, colour]) => {
    const nodes = workloads.filter((one) => one.mark === mark).map(({ name }) => ids.get(name));
    const links = flows.flatMap((flow, i) => (flow.mark === mark ? [i] : []));
    return [
      ...(nodes.length > 0
        ? [`  classDef ${mark} stroke:${colour},stroke-width:2px`, `  class ${nodes.join(",")} ${mark}`]
        : []),
      ...(links.length > 0 ? [`  linkStyle ${links.join(",")} stroke:${colour},stroke-width:2px`] : []),
    ];
  });
}

function label(text: string): string {
  return escaped(visible(text));
}
