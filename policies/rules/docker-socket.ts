import { isDockerContainer } from "../readers/kinds";
import { podOf } from "../readers/pods";
import { at, list, text } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

/** The socket itself, or a folder it is in. */
const SOCKET = /(^|\/)(docker|containerd|podman|crio)\.sock$|^\/((var\/)?run(\/(docker|containerd|podman|crio))?\/?)?$/;

export const dockerSocket: ResourceRule = {
  id: "docker-socket",
  level: "mandatory",
  severity: "critical",
  description: "No container has the container engine's socket.",
  why: "Whoever speaks to the engine starts what he likes with all rights, and so owns the machine.",
  controls: { sp800207: [4, 5], sp80053: ["AC-6", "SC-39"], iso27001: ["A.8.2", "A.8.18"] },
  check: (resource) =>
    pathsOf(resource)
      .filter((path) => SOCKET.test(path))
      .map((path) => `mounts ${path}, where the engine's socket is; remove it`),
};

function pathsOf(resource: Resource): string[] {
  const { volumes, mounts } = resource.props;
  const paths = isDockerContainer(resource)
    ? [...list(volumes).map((one) => at(one, "hostPath")), ...list(mounts).map((one) => at(one, "source"))]
    : list(podOf(resource)?.spec.volumes).map((one) => at(one, "hostPath", "path"));
  return paths.flatMap((path) => text(path) || []);
}
