import type { Problem } from "../perimeter";
import type { ZonesProblem } from "./error";
import type { Located, Source } from "./source";

/** Where each part of a perimeter was written: at an offset of the document, or in an argument of that name. */
export class Places {
  private readonly written = new Map<string, number | string>();

  /** Says where a part of the perimeter, such as `flows[3]`, is; what is inside it in the document is there too. */
  add(path: string, place: Located | string): void {
    if (typeof place === "string") {
      this.written.set(path, place);
      return;
    }
    this.written.set(path, place.offset);
    if (place.kind === "list") for (const [i, item] of place.items.entries()) this.add(`${path}[${i}]`, item);
    if (place.kind !== "map") return;
    for (const [key, value] of place.fields) {
      this.add(`${path}.${key}`, value);
      this.add(`${path}["${key}"]`, value);
    }
  }

  /** The problem of a perimeter as one of what it was read from. */
  locate({ path, message }: Problem, source: Source): ZonesProblem {
    const told = message.replace(/\b(?:zones|workloads|flows|credentials)\[\d+\]/g, (part) => this.name(part, source));
    const [found, rest] = this.nearest(path);
    return typeof found === "number" ? source.problemAt(found, told) : { place: `${found}${rest}`, message: told };
  }

  private name(path: string, source: Source): string {
    const [found, rest] = this.nearest(path);
    return typeof found === "number" ? `that of line ${source.problemAt(found, "").line}` : `${found}${rest}`;
  }

  /** The place of the path, or of the nearest thing around it with the rest of the way. */
  private nearest(path: string): [place: number | string, rest: string] {
    for (
      let end = path.length;
      end > 0;
      end = Math.max(path.lastIndexOf(".", end - 1), path.lastIndexOf("[", end - 1))
    ) {
      const place = this.written.get(path.slice(0, end));
      if (place !== undefined) return [place, path.slice(end)];
    }
    return [path, ""];
  }
}
