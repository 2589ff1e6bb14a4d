/**
 * Environment of commands that run a Pulumi program. For every promise of every resource the SDK writes down where it was made, which takes
 * half of a program's time; nobody reads that here.
 */
export const WITHOUT_TRACES = {
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --stack-trace-limit=0`.trim(),
};
