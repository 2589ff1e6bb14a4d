/** One thing that keeps a zones document from being a perimeter. */
export interface ZonesProblem {
  /** Where, such as `line 3, column 5`, or `args.services["shop"].ports` for what was given beside the document. */
  place: string;
  /** Line of the document, from 1; absent for what was given beside it. */
  line?: number;
  /** Column of that line, from 1. */
  column?: number;
  /** What is wrong, what is allowed and what to do. */
  message: string;
}

/**
 * Everything that keeps a zones document from being a perimeter, at once: first what cannot be read or is missing; once nothing is, what
 * does not fit together.
 *
 * @example
 * try { importZones(text) } catch (error) { if (error instanceof ZonesError) console.error(error.problems) }
 */
export class ZonesError extends Error {
  override readonly name = "ZonesError";

  constructor(readonly problems: readonly ZonesProblem[]) {
    const heading = problems.length === 1 ? "The zones have 1 problem:" : `The zones have ${problems.length} problems:`;
    super([heading, ...problems.map(({ place, message }) => `- ${place}: ${message}`)].join("\n"));
  }
}
