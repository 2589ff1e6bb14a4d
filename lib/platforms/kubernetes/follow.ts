import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type ContainerSpec, FILES, FOLLOWED, type FollowedCaller } from "../platform";
import { MODE, type MountedFiles } from "./files";
import { hardened, SMALL } from "./hardening";
import { TRUST_CONTROLLER } from "./perimeter";
import { TOOLS } from "./probes";
import type { KubernetesSegments } from "./segments";
import { trustController } from "./trust-controller";

/** A file that follows a caller's addresses: the sidecar that writes it, and where. */
export interface Followed {
  sidecar: k8s.types.input.core.v1.Container;
  /** Name of the volume with the file. */
  volume: string;
  volumes: k8s.types.input.core.v1.Volume[];
  dependsOn: pulumi.Resource[];
}

const CALLERS = "/callers";
const ADDRESSES = "addresses";

/**
 * A program that reads its configuration from a regular file only, and has no token to ask anybody: a controller elsewhere writes the
 * caller's addresses into a Secret, and a sidecar makes the file of it and of the configuration.
 */
export function follow(
  name: string,
  workload: string,
  container: ContainerSpec,
  file: string,
  { caller, list }: FollowedCaller,
  files: MountedFiles,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): Followed {
  if (!segments.perimeter.workloads.some((one) => one.name === TRUST_CONTROLLER))
    throw new Error(
      `"${workload}" believes "${caller}" by its address, which changes here, and the perimeter has no workload "${TRUST_CONTROLLER}" that follows it; make it with completePerimeter(platform, perimeter)`,
    );
  const secretName = `${workload}-callers-${caller}`;
  const namespace = segments.namespaceOf(workload);
  const secret = new k8s.core.v1.Secret(
    `${name}-callers-${caller}`,
    {
      metadata: { name: secretName, namespace, labels: segments.labelsOf(workload) },
      type: "Opaque",
    },
    // What is in it is the controller's.
    { parent, dependsOn: segments.placeIn(namespace), ignoreChanges: ["data", "stringData"] },
  );
  trustController(name, workload, caller, secretName, segments, parent, secret);
  const volume = `${container.name}-followed`;
  const callers = `${container.name}-callers`;
  const target = `${FOLLOWED}/${file}`;
  const command = [
    `${TOOLS}/zt-tools`,
    "follow",
    ...["--from", `${FILES}/${file}`],
    ...["--addresses", `${CALLERS}/${ADDRESSES}`],
    ...["--list", list],
    ...["--to", target],
  ];
  return {
    sidecar: {
      name: `${container.name}-follow`,
      image: segments.toolsImage,
      imagePullPolicy: "IfNotPresent",
      command,
      // A sidecar: started before the program, and kept running beside it.
      restartPolicy: "Always",
      startupProbe: {
        exec: { command: [...command, "--check"] },
        periodSeconds: 1,
        timeoutSeconds: 5,
        failureThreshold: 60,
      },
      securityContext: hardened(container.user),
      resources: SMALL,
      volumeMounts: [
        files.mount,
        { name: callers, mountPath: CALLERS, readOnly: true },
        { name: volume, mountPath: FOLLOWED },
        { name: "tools", mountPath: TOOLS, readOnly: true },
      ],
    },
    volume,
    volumes: [
      { name: volume, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: callers, secret: { secretName, defaultMode: MODE } },
    ],
    dependsOn: [secret],
  };
}
