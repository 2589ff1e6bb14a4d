/**
 * What `Diff` does. The official plugins compare the program's inputs with the recorded state (not with the earlier inputs): whatever the
 * engine underneath spells differently shows up as a change. Being as strict here finds such spellings before the official plugin does.
 */
import { DEFAULTS_KEY } from "./check";
import type { PropertySpec, ResourceSpec } from "./schema";
import { hasUnknown, type Json, type Properties, reveal, type Value } from "./values";

export interface Change {
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** What the inputs change in the recorded state, by property path. */
export function diffProperties(
  spec: ResourceSpec,
  state: Properties,
  news: Properties,
  ignored: readonly string[] = [],
): Map<string, Change> {
  const changes = new Map<string, Change>();
  for (const [name, property] of Object.entries(spec.inputs)) {
    if (ignored.includes(name)) continue;
    const before = state[name];
    const after = news[name];
    if (hasUnknown(after)) {
      changes.set(name, { kind: isZero(before) ? "add" : "update", replaces: property.replaces ?? false });
      continue;
    }
    if (isZero(after) && property.computed) continue;
    if (same(property, before, after)) continue;
    for (const path of changedPaths(property, before, after, name)) {
      changes.set(path, { kind: kindOf(before, after), replaces: property.replaces ?? false });
    }
  }
  return changes;
}

/** Whether the two say the same, whatever their spelling: a missing value equals an empty one, a set has no order. */
export function same(spec: PropertySpec, before: Value | undefined, after: Value | undefined): boolean {
  return JSON.stringify(canonical(spec, before)) === JSON.stringify(canonical(spec, after));
}

/**
 * Whether the old one must go before the new one comes: where the plugin says so, and where both would bear the same name because the
 * program gave it.
 */
export function deletesBeforeReplace(spec: ResourceSpec, state: Properties, news: Properties): boolean {
  if (spec.deleteBeforeReplace) return true;
  const defaulted = news[DEFAULTS_KEY];
  const named = spec.autoname && !(Array.isArray(defaulted) && defaulted.includes("name"));
  return Boolean(named) && reveal(state.name ?? null) === reveal(news.name ?? null);
}

function kindOf(before: Value | undefined, after: Value | undefined): Change["kind"] {
  if (isZero(before)) return "add";
  return isZero(after) ? "delete" : "update";
}

/** Lists that kept their length name the element that changed; everything else is named as a whole. */
function changedPaths(spec: PropertySpec, before: Value | undefined, after: Value | undefined, path: string): string[] {
  const [a, b] = [reveal(before ?? null), reveal(after ?? null)];
  if (spec.type !== "list" || !Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return [path];
  const element: PropertySpec = spec.fields ? { type: "object", fields: spec.fields } : { type: "string" };
  return b.flatMap((item, index) => (same(element, a[index], item) ? [] : [`${path}[${index}]`]));
}

function canonical(spec: PropertySpec, value: Value | undefined): Json | undefined {
  const plain = reveal(value ?? null);
  if (isZero(plain)) return undefined;
  if (spec.type === "list" || spec.type === "set") {
    if (!Array.isArray(plain)) return plain as Json;
    const element: PropertySpec = spec.fields ? { type: "object", fields: spec.fields } : { type: "string" };
    const items = plain.map((item) => canonical(element, item) ?? null);
    if (spec.type === "list") return items;
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (plain === null || typeof plain !== "object" || Array.isArray(plain)) return plain as Json;
  // An empty text in a map means something ("mount it with no options"); in an object it means "not set".
  if (spec.type === "map") return Object.fromEntries(Object.entries(plain as Record<string, Json>).sort());
  const keys = Object.keys({ ...spec.fields, ...plain }).filter((key) => key !== DEFAULTS_KEY);
  const entries = keys.sort().map((key): [string, Json | undefined] => {
    const field = spec.fields?.[key] ?? { type: "string" };
    const item = (plain as Properties)[key];
    return [key, canonical(field, isZero(item) ? field.default : item)];
  });
  const kept = entries.filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** What the official plugins hold for "not set". */
function isZero(value: Value | undefined): boolean {
  const plain = value === undefined ? null : reveal(value);
  if (plain === null || plain === "" || plain === 0 || plain === false) return true;
  if (typeof plain !== "object") return false;
  return Object.keys(plain).filter((key) => key !== DEFAULTS_KEY).length === 0;
}
