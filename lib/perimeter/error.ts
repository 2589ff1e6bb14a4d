/** One thing that is wrong with a perimeter. */
export interface Problem {
  /** Where, such as `flows[3].port`. */
  path: string;
  /** What is wrong, what is allowed and what to do. */
  message: string;
}

/**
 * Everything that is wrong with a perimeter, at once.
 *
 * @example
 * try { validate(perimeter) } catch (error) { if (error instanceof PerimeterError) console.error(error.problems) }
 */
export class PerimeterError extends Error {
  override readonly name = "PerimeterError";

  constructor(readonly problems: readonly Problem[]) {
    const heading =
      problems.length === 1 ? "The perimeter has 1 problem:" : `The perimeter has ${problems.length} problems:`;
    super([heading, ...problems.map(({ path, message }) => `- ${path}: ${message}`)].join("\n"));
  }
}
