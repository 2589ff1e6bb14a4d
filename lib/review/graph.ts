import { INTERNET } from "../perimeter/model";
import { byText } from "./findings";
import type { Side } from "./side";

/**
 * Who may call whom, by numbers: names are looked up once, so that a walk over 100,000 flows takes a few milliseconds. Numbers follow the
 * names' order, so that of several shortest ways the same is found however a perimeter is written.
 */
export class Graph {
  private readonly names: string[];
  private readonly numbers: Map<string, number>;
  private readonly callees: Lists;
  private readonly callers: Lists;

  constructor({ workloads, inner }: Side) {
    this.names = [INTERNET, ...[...workloads.keys()].filter((name) => name !== INTERNET).sort(byText)];
    this.numbers = new Map(this.names.map((name, number) => [name, number]));
    const pairs: Pairs = { callers: new Int32Array(inner.size), callees: new Int32Array(inner.size), count: 0 };
    for (const { from, to } of inner.values()) {
      const [caller, callee] = [this.numbers.get(from), this.numbers.get(to)];
      if (caller === undefined || callee === undefined) continue;
      pairs.callers[pairs.count] = caller;
      pairs.callees[pairs.count++] = callee;
    }
    const size = this.names.length;
    // Grouping keeps the order, so what was grouped by one end and then is by the other has each list in order.
    const unordered = lists(pairs.callees, pairs.callers, pairs.count, size);
    this.callees = lists(unordered.items, keysOf(unordered), pairs.count, size);
    this.callers = lists(this.callees.items, keysOf(this.callees), pairs.count, size);
  }

  /** The flows there are to walk. */
  get size(): number {
    return this.callees.items.length;
  }

  /** What falls if everything that can be called falls in turn, beginning with some. */
  from(starts: Iterable<string>): Walk {
    return this.walk(starts, this.callees);
  }

  /** What leads to some, through whatever number of others. */
  to(ends: Iterable<string>): Walk {
    return this.walk(ends, this.callers);
  }

  private walk(starts: Iterable<string>, { begins, items }: Lists): Walk {
    const depths = new Int32Array(this.names.length).fill(-1);
    const previous = new Int32Array(this.names.length).fill(-1);
    const queue: number[] = [];
    for (const name of [...starts].sort(byText)) {
      const number = this.numbers.get(name);
      if (number === undefined || depths[number] !== -1) continue;
      depths[number] = 0;
      queue.push(number);
    }
    for (let at = 0; at < queue.length; at++) {
      const number = queue[at] as number;
      const end = begins[number + 1] as number;
      for (let i = begins[number] as number; i < end; i++) {
        const next = items[i] as number;
        if (depths[next] !== -1) continue;
        depths[next] = (depths[number] as number) + 1;
        previous[next] = number;
        queue.push(next);
      }
    }
    return new Walk(this.names, this.numbers, depths, previous, queue);
  }
}

/** What a walk came to, nearest first. */
export class Walk {
  constructor(
    private readonly all: readonly string[],
    private readonly numbers: ReadonlyMap<string, number>,
    private readonly depths: Int32Array,
    private readonly previous: Int32Array,
    private readonly queue: readonly number[],
  ) {}

  /** Everything it came to, the beginnings too. */
  names(): string[] {
    return this.queue.map((number) => this.all[number] as string);
  }

  /** How many calls away a workload is; Infinity if no way leads there. */
  depth(name: string): number {
    const number = this.numbers.get(name);
    const depth = number === undefined ? -1 : (this.depths[number] as number);
    return depth === -1 ? Number.POSITIVE_INFINITY : depth;
  }

  /**
   * A shortest way there, with both ends, such as `internet → edge → guard`; of a long one the beginning and the end, for a chain of
   * thousands would be printed for each of its members.
   */
  way(name: string): string {
    const last = this.numbers.get(name) ?? -1;
    const left = last === -1 ? 0 : (this.depths[last] as number) + 1 - SHOWN;
    const way: string[] = [];
    for (let at = last, back = 0; at !== -1; at = this.previous[at] as number, back++) {
      if (left > 0 && back === SHOWN / 2) way.push(`${left} more`);
      if (left <= 0 || back < SHOWN / 2 || back >= SHOWN / 2 + left) way.push(this.all[at] as string);
    }
    return way.reverse().join(" → ");
  }
}

/** Workloads of a way that are named. */
const SHOWN = 12;

/** Lists of numbers behind one another; that of `number` is from `begins[number]` to before `begins[number + 1]`. */
interface Lists {
  begins: Int32Array;
  items: Int32Array;
}

interface Pairs {
  callers: Int32Array;
  callees: Int32Array;
  count: number;
}

/** Groups values by their keys, in linear time. */
function lists(keys: Int32Array, values: Int32Array, count: number, size: number): Lists {
  const begins = new Int32Array(size + 1);
  for (let i = 0; i < count; i++) begins[(keys[i] as number) + 1] = (begins[(keys[i] as number) + 1] as number) + 1;
  for (let i = 0; i < size; i++) begins[i + 1] = (begins[i + 1] as number) + (begins[i] as number);
  const next = begins.slice();
  const items = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    const place = next[key] as number;
    next[key] = place + 1;
    items[place] = values[i] as number;
  }
  return { begins, items };
}

/** The key of each value, in the values' order. */
function keysOf({ begins, items }: Lists): Int32Array {
  const keys = new Int32Array(items.length);
  for (let key = 0; key + 1 < begins.length; key++) keys.fill(key, begins[key], begins[key + 1]);
  return keys;
}
