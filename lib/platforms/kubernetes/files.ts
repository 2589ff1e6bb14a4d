import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ContainerSpec, type ExistingFile, FILES, isMade, type MadeFile } from "../platform";
import { secretOf } from "./secrets";
import type { KubernetesSegments } from "./segments";

/** A container's files: the volume they are in, and what must be there before the pod. */
export interface MountedFiles {
  volume: k8s.types.input.core.v1.Volume;
  mount: k8s.types.input.core.v1.VolumeMount;
  secrets: pulumi.Resource[];
}

/** Only the container's user and its group may read. */
export const MODE = 0o440;

/**
 * A container's files in one directory that the kubelet swaps as a whole. They come from up to three Secrets: what a program does not
 * notice gets a new name with each change, so that the pods are replaced; what it does notice changes in place; and what is for the
 * beginning only is never touched again. Credentials that are there already come from the Secrets that hold them, which are nobody's to
 * change here.
 */
export function mountFiles(
  name: string,
  workload: string,
  container: ContainerSpec,
  segments: KubernetesSegments,
  parent: pulumi.Resource,
): MountedFiles {
  const files = container.files.filter(isMade);
  const kinds = {
    cold: files.filter(({ hot, keep }) => !hot && !keep),
    hot: files.filter(({ hot, keep }) => hot && !keep),
    kept: files.filter(({ keep }) => keep),
  };
  const namespace = segments.namespaceOf(workload);
  const metadata = { namespace, labels: segments.labelsOf(workload) };
  const secrets = Object.entries(kinds).flatMap(([kind, some]) => {
    if (some.length === 0) return [];
    const fixed = kind === "cold" ? undefined : `${container.name}-${kind}`;
    const secret = new k8s.core.v1.Secret(
      `${name}-${kind}`,
      { metadata: { ...metadata, ...(fixed ? { name: fixed } : {}) }, data: contents(some) },
      { parent, dependsOn: segments.placeIn(namespace), ...(kind === "kept" ? { ignoreChanges: ["data"] } : {}) },
    );
    // A name that is known needs no look at the Secret, whose replacement would then replace the pods.
    return [{ secret, name: fixed ?? secret.metadata.name }];
  });
  const made = secrets.map(({ name: own }) => ({ secret: { name: own } }));
  const existing = container.files.flatMap((file) => (isMade(file) ? [] : [existingSource(file, segments)]));
  const volume = `${container.name}-files`;
  return {
    volume: {
      name: volume,
      projected: { defaultMode: MODE, sources: [...made, ...existing] },
    },
    mount: { name: volume, mountPath: FILES, readOnly: true },
    secrets: secrets.map(({ secret }) => secret),
  };
}

function existingSource({ name, credential }: ExistingFile, { args }: KubernetesSegments) {
  const place = secretOf(args, credential);
  return { secret: { name: place.name, items: [{ key: place.key, path: name }] } };
}

/** As `data`: of `stringData` the provider makes it before it looks at what is to be ignored. */
function contents(files: MadeFile[]): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    files.map(({ name, content }) => [
      name,
      pulumi.secret(pulumi.output(content).apply((text) => Buffer.from(text).toString("base64"))),
    ]),
  );
}
