import { type Perimeter, PerimeterError, type Problem, validate } from "../perimeter";

/** What a document may not say, or not say that way: problems of the perimeter as such, and ranges that are a wildcard. */
export function problemsOf(perimeter: Perimeter): readonly Problem[] {
  return [...problemsOfModel(perimeter), ...wildcards(perimeter)];
}

function problemsOfModel(perimeter: Perimeter): readonly Problem[] {
  try {
    validate(perimeter);
    return [];
  } catch (error) {
    if (error instanceof PerimeterError) return error.problems;
    throw error;
  }
}

function wildcards({ workloads, flows }: Perimeter): Problem[] {
  const lists = [
    ...workloads.map(({ addresses = [] }, i) => ({ path: `workloads[${i}].addresses`, ranges: addresses })),
    ...flows.map(({ ranges = [] }, i) => ({ path: `flows[${i}].ranges`, ranges })),
  ];
  return lists.flatMap(({ path, ranges }) =>
    ranges.flatMap((range, i) =>
      range.endsWith("/0")
        ? [{ path: `${path}[${i}]`, message: `"${range}" is every address; list the ranges meant` }]
        : [],
    ),
  );
}
