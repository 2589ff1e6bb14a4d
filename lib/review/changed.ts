import { type Flow, INTERNET } from "../perimeter/model";
import { byText, missing, sorted } from "./findings";
import { type Exit, type FlowChange, hostsOf, pairs, type Side } from "./side";
import type { ChangedPart, Mark } from "./types";

type ChangedFlow = ChangedPart["flows"][number];

/** The part of two perimeters that differs: enough for a picture, without what stayed. */
export function changedPart(before: Side, after: Side, changes: FlowChange[]): ChangedPart {
  const flows = [...changedInner(changes), ...changedExits(before, after)].sort(
    (one, other) =>
      byText(one.from, other.from) || byText(one.to, other.to) || byText(`${one.label[0]}`, `${other.label[0]}`),
  );
  const ends = new Set(flows.flatMap(({ from, to }) => [from, to]).filter((name) => name !== INTERNET));
  const workloads = sorted([...before.workloads.keys(), ...after.workloads.keys()])
    .map((name) => ({
      name,
      zone: `${(after.workloads.get(name) ?? before.workloads.get(name))?.zone}`,
      mark: markOf(name, before, after),
    }))
    .filter(({ name, mark }) => mark !== "same" || ends.has(name));
  return { workloads, flows };
}

function markOf(name: string, before: Side, after: Side): Mark {
  const [was, is] = [before.workloads.get(name), after.workloads.get(name)];
  if (was === undefined) return "added";
  if (is === undefined) return "removed";
  const held = was.credentials ?? [];
  const holds = is.credentials ?? [];
  return was.zone === is.zone && missing(held, holds).length + missing(holds, held).length === 0 ? "same" : "changed";
}

function changedInner(changes: FlowChange[]): ChangedFlow[] {
  const found: ChangedFlow[] = [];
  for (const { was, is } of changes) {
    const label = (flow: Flow) => [flow.port, flow.authentication];
    if (was !== undefined && is === undefined) found.push({ ...ends(was), label: label(was), mark: "removed" });
    else if (was === undefined && is !== undefined) found.push({ ...ends(is), label: label(is), mark: "added" });
    else if (was && is && was.authentication !== is.authentication)
      found.push({ ...ends(is), label: [is.port, `${was.authentication} → ${is.authentication}`], mark: "changed" });
  }
  return found;
}

function changedExits(before: Side, after: Side): ChangedFlow[] {
  const found: ChangedFlow[] = [];
  for (const [, was, is] of pairs(before.exits, after.exits)) {
    const exit = (is ?? was) as Exit;
    const { from, port } = exit;
    const [old, now] = [was ? hostsOf(was) : [], is ? hostsOf(is) : []];
    const hosts = [...missing(now, old).map((host) => `+ ${host}`), ...missing(old, now).map((host) => `- ${host}`)];
    const mark = was === undefined ? "added" : is === undefined ? "removed" : "changed";
    if (hosts.length > 0) found.push({ from, to: INTERNET, label: [port, ...hosts], mark });
  }
  return found;
}

function ends({ from, to }: Flow): { from: string; to: string } {
  return { from, to };
}
