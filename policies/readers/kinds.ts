import type { Resource } from "../rule";
import { at, list, record, text } from "./values";

/** The kind of a Kubernetes object, whatever its version, and whether it is made or patched. */
export function kindOf({ type }: Resource): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":")[2]?.replace(/Patch$/, "") : undefined;
}

export function isDockerContainer({ type }: Resource): boolean {
  return type === "docker:index/container:Container";
}

/** What an object is called where it runs, or else in the program. */
export function nameOf({ name, props }: Resource): string {
  return text(at(props, "metadata", "name")) ?? text(props.name) ?? name;
}

/** A namespace may be unknown. */
export function namespaceOf({ props }: Resource): unknown {
  return at(props, "metadata", "namespace") ?? "default";
}

/** Labels of an object of Kubernetes or Docker. */
export function labelsOf({ props }: Resource): Record<string, unknown> {
  const docker = list(props.labels).map((one) => [text(record(one).label) ?? "", record(one).value]);
  return { ...record(at(props, "metadata", "labels")), ...Object.fromEntries(docker) };
}
