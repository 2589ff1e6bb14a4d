/** What new inputs change in the recorded object, by property path. Computed as the official plugin does: from a JSON merge patch. */
import type { Change } from "../diff";
import { type Properties, UNKNOWN, type Value } from "../values";
import { isObject } from "./objects";

type Path = readonly (string | number)[];

/**
 * @param before - the live object, cut down to what the program had set
 * @param forceNew - paths that replace the object when something at, above or below them changes
 */
export function diffObjects(
  before: Properties,
  after: Properties,
  forceNew: readonly string[][],
): { path: Path; change: Change }[] {
  const changes: { path: Path; change: Change }[] = [];
  const add = (path: Path, kind: Change["kind"], value: Value | undefined): void => {
    const replaces = forceNew.some((pattern) => touches(pattern, path, value));
    changes.push({ path, change: { kind, replaces } });
  };
  const compare = (path: Path, old: Value | undefined, now: Value | undefined): void => {
    if (now === undefined || (now === null && old !== undefined)) {
      if (old !== undefined && old !== now) add(path, "delete", undefined);
    } else if (now === UNKNOWN || (old === undefined && now !== null)) {
      add(path, old === undefined ? "add" : "update", now);
    } else if (isObject(old) && isObject(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
        compare([...path, key], old[key], now[key]);
    } else if (Array.isArray(old) && Array.isArray(now)) {
      for (let i = 0; i < Math.max(old.length, now.length); i++) compare([...path, i], old[i], now[i]);
    } else if (old !== now && !(old === null && now === null)) {
      add(path, "update", now);
    }
  };
  compare([], before, after);
  return changes;
}

/** Whether the changed value lies at or below the pattern, or holds something where the pattern points. */
function touches(pattern: readonly string[], path: Path, value: Value | undefined): boolean {
  const common = Math.min(pattern.length, path.length);
  for (let i = 0; i < common; i++) {
    if (pattern[i] !== "*" && pattern[i] !== path[i]) return false;
  }
  return path.length >= pattern.length || holds(value, pattern.slice(path.length));
}

function holds(value: Value | undefined, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return value !== undefined;
  if (Array.isArray(value)) return first === "*" && value.some((item) => holds(item, rest));
  return isObject(value) && holds(value[first], rest);
}

/** The path as the engine writes it. */
export function writePath(path: Path): string {
  return path.reduce<string>((written, step) => {
    if (typeof step === "number") return `${written}[${step}]`;
    if (/[."[\]]/.test(step)) return `${written}["${step.replaceAll('"', '\\"')}"]`;
    return written === "" ? step : `${written}.${step}`;
  }, "");
}

/** Reads a path of `ignoreChanges`. */
export function readPath(written: string): (string | number)[] {
  const steps = written.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g);
  return [...steps].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return quoted.replaceAll('\\"', '"');
    if (index !== undefined) return index === "*" ? index : Number(index);
    return name ?? "";
  });
}

/** Whether the path lies at or below one of the ignored ones. */
export function isIgnored(path: Path, ignored: readonly (readonly (string | number)[])[]): boolean {
  return ignored.some(
    (prefix) => prefix.length <= path.length && prefix.every((step, i) => step === "*" || step === path[i]),
  );
}
