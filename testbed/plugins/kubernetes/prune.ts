/** Cuts a live object down to the fields a program has set. The server fills in many more, and those are nobody's change. */
import type { Properties, Value } from "../values";
import { isObject } from "./objects";

export function prune(live: Properties, shape: Properties): Properties {
  const entries = Object.entries(live)
    .filter(([key]) => shape[key] !== undefined)
    .map(([key, value]): [string, Value] => [key, pruneValue(value, shape[key] as Value)]);
  return Object.fromEntries(entries);
}

function pruneValue(value: Value, shape: Value): Value {
  if (isObject(value) && isObject(shape)) return prune(value, shape);
  if (Array.isArray(value) && Array.isArray(shape)) return pruneList(value, shape);
  return value;
}

/** By position. A list whose elements are of another sort than the program's is kept whole. */
function pruneList(list: readonly Value[], shape: readonly Value[]): Value[] {
  if (list.length === 0 || shape.length === 0) return [];
  if (sortOf(list[0] as Value) !== sortOf(shape[0] as Value)) return [...list];
  return shape.slice(0, list.length).map((item, index) => pruneValue(list[index] as Value, item));
}

function sortOf(value: Value): string {
  if (Array.isArray(value)) return "list";
  return value === null ? "null" : typeof value;
}
