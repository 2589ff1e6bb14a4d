import { containersOf } from "../readers/containers";
import { isDockerContainer } from "../readers/kinds";
import type { Resource, ResourceRule } from "../rule";

export const privilegedContainer: ResourceRule = {
  id: "privileged-container",
  level: "mandatory",
  severity: "critical",
  description: "No container is privileged, or may become it.",
  why: "A program that is broken into would own the machine.",
  controls: { sp800207: [5], sp80053: ["AC-6", "AC-6(10)", "SC-39"], iso27001: ["A.8.2", "A.8.18"] },
  check: (resource) =>
    containersOf(resource).flatMap(({ title, privileged, gainsRights }) => [
      ...(privileged ? [`${title} is privileged; remove that`] : []),
      ...(gainsRights ? [`${title} may gain rights that it was not started with; ${remedy(resource)}`] : []),
    ]),
};

const remedy = (resource: Resource): string =>
  isDockerContainer(resource)
    ? 'set securityOpts: ["no-new-privileges:true"]'
    : "set securityContext.allowPrivilegeEscalation: false";
