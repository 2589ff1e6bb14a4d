import { isDockerContainer } from "../readers/kinds";
import { podOf } from "../readers/pods";
import { at, list, type Props, record, text } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

export const hostAccess: ResourceRule = {
  id: "host-access",
  level: "mandatory",
  severity: "critical",
  description: "No container shares the machine's network, processes, memory or files.",
  why: "What is shared is no boundary: neighbours' traffic, memory and files lie open.",
  controls: { sp800207: [2, 5], sp80053: ["SC-39", "SC-4", "AC-6"], iso27001: ["A.8.22"] },
  check: (resource) => {
    if (isDockerContainer(resource)) return inDocker(resource);
    const pod = podOf(resource);
    return pod ? inPod(pod.spec) : [];
  },
};

const SHARED = ["hostNetwork", "hostPID", "hostIPC"];

function inPod(spec: Props): string[] {
  const ports = [...list(spec.initContainers), ...list(spec.containers)]
    .flatMap((one) => list(at(one, "ports")))
    .map((port) => at(port, "hostPort"));
  return [
    ...SHARED.filter((key) => spec[key] === true).map((key) => `${key} is on; remove it`),
    ...list(spec.volumes)
      .map(record)
      .filter(({ hostPath }) => hostPath !== undefined)
      .map(({ name, hostPath }) => {
        const path = text(at(hostPath, "path")) ?? "a path";
        return `volume "${text(name)}" is ${path} of the node; use a volume of the cluster`;
      }),
    ...ports
      .filter((port) => typeof port === "number" && port > 0)
      .map((port) => `takes port ${String(port)} of the node; use a Service`),
  ];
}

const MODES = { networkMode: "network", pidMode: "processes", ipcMode: "memory", usernsMode: "users" };

function inDocker({ props }: Resource): string[] {
  const binds = list(props.mounts)
    .map(record)
    .filter(({ type }) => type === "bind");
  const paths = [...list(props.volumes).map((one) => at(one, "hostPath")), ...binds.map(({ source }) => source)];
  return [
    ...Object.entries(MODES)
      .filter(([key]) => props[key] === "host")
      .map(([key, what]) => `${key} is host, which shares the machine's ${what}; remove it`),
    ...paths.filter((path) => text(path)).map((path) => `mounts ${String(path)} of the machine; use a volume`),
    ...list(props.devices).map((one) => `is given the device ${text(at(one, "hostPath")) ?? "?"}; remove it`),
  ];
}
