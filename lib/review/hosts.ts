/**
 * The keys of a map that allow a host, or all that a wildcard such as `*.example.com` stands for. A wildcard stands for names with any
 * number of labels in front: the wider reading, for who reviews is to be told too much.
 */
export function allowing(hosts: ReadonlyMap<string, unknown>, host: string): string[] {
  const labels = host.split(".");
  const wider = labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join(".")}`);
  return [...new Set([host, ...wider, "*"])].filter((candidate) => hosts.has(candidate));
}

/** Whether a host, or all that a wildcard stands for, is allowed. */
export function allows(hosts: ReadonlyMap<string, unknown>, host: string): boolean {
  return allowing(hosts, host).length > 0;
}
