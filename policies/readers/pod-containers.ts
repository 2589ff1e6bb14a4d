import type { Resource } from "../rule";
import type { Container } from "./containers";
import { podOf } from "./pods";
import { at, list, type Props, record, text, texts, UNKNOWN } from "./values";

/** The containers of a Kubernetes object's pods. */
export function podContainers(resource: Resource): Container[] {
  const pod = podOf(resource);
  if (!pod) return [];
  return ["initContainers", "containers", "ephemeralContainers"]
    .flatMap((key) => list(pod.spec[key]))
    .map((one) => container(record(one), pod.spec));
}

function container(own: Props, pod: Props): Container {
  const security = record(own.securityContext);
  // What a container does not say, its pod says.
  const effective = (key: string) => security[key] ?? at(pod.securityContext, key);
  const user = effective("runAsUser");
  const hidden = own.securityContext === UNKNOWN || pod.securityContext === UNKNOWN;
  return {
    title: `container "${text(own.name) ?? "?"}"`,
    image: text(own.image),
    environment: list(own.env).map((one) => variable(record(one))),
    environmentSecrets: list(own.envFrom).flatMap((one) => {
      const secret = record(one).secretRef;
      return secret === undefined ? [] : [text(at(secret, "name")) ?? "?"];
    }),
    command: [...texts(own.command), ...texts(own.args)],
    privileged: security.privileged === true,
    gainsRights: !hidden && !isOr(security.allowPrivilegeEscalation, false),
    root: !hidden && (user === undefined ? !isOr(effective("runAsNonRoot"), true) : user === 0),
    writableRoot: !hidden && !isOr(security.readOnlyRootFilesystem, true),
    addedCapabilities: texts(at(security, "capabilities", "add")),
    limits: own.resources === UNKNOWN ? ["memory", "cpu"] : Object.keys(record(at(own.resources, "limits"))),
  };
}

const isOr = (value: unknown, wanted: boolean): boolean => value === wanted || value === UNKNOWN;

function variable(one: Props): Container["environment"][number] {
  const from = at(one, "valueFrom", "secretKeyRef") === undefined ? {} : { from: "secret" as const };
  return { name: text(one.name) ?? "?", value: text(one.value), ...from };
}
