import type { DockerArgs } from "./args";

/** What every Docker object of ours is marked with, so that it can be found without the state. */
export function labels(args: DockerArgs, own: Record<string, string>): { label: string; value: string }[] {
  const prefixed = Object.fromEntries(Object.entries(own).map(([key, value]) => [`zero-trust-openclaw.${key}`, value]));
  return Object.entries({ ...args.labels, ...prefixed }).map(([label, value]) => ({ label, value }));
}
