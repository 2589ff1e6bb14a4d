import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Perimeter } from "../../perimeter";
import type { KubernetesArgs, SecretKeyArgs } from "./args";
import { UNTIL_READY } from "./issuer";
import type { KubernetesSegments } from "./segments";

/** The one value of a Secret that is made for one credential. */
const VALUE = "value";

/** Where a credential is that is not given to the deployment. Pure. */
export function secretOf({ existingSecrets, externalSecrets }: KubernetesArgs, credential: string): SecretKeyArgs {
  const place = existingSecrets?.[credential];
  if (place) return place;
  if (externalSecrets?.values[credential]) return { name: credential, key: VALUE };
  throw new Error(`credential "${credential}" is in no Secret that existingSecrets or externalSecrets names`);
}

/** The credentials that are not given to the deployment. Pure. */
export function storedCredentials({ existingSecrets, externalSecrets }: KubernetesArgs): string[] {
  return [...Object.keys(existingSecrets ?? {}), ...Object.keys(externalSecrets?.values ?? {})];
}

/** Has the operator of External Secrets bring credentials from the company's store to where their holders run, and keep them fresh. */
export function externalSecrets(
  name: string,
  { workloads }: Perimeter,
  { externalSecrets: args }: KubernetesArgs,
  place: Pick<KubernetesSegments, "namespaceOf" | "placeIn" | "commonLabels">,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (!args) return [];
  const { store, refresh = "1h", values } = args;
  const holders = workloads.flatMap(({ name: workload, credentials = [] }) =>
    credentials
      .filter((one) => values[one])
      .map((credential) => ({ credential, namespace: place.namespaceOf(workload) })),
  );
  const once = holders.filter(
    ({ credential, namespace }, i) =>
      holders.findIndex((one) => one.credential === credential && one.namespace === namespace) === i,
  );
  return once.map(
    ({ credential, namespace }) =>
      new k8s.apiextensions.CustomResource(
        `${name}-${namespace}-${credential}`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: { name: credential, namespace, labels: place.commonLabels, annotations: UNTIL_READY },
          spec: {
            refreshInterval: refresh,
            secretStoreRef: { kind: store.kind ?? "ClusterSecretStore", name: store.name },
            target: { name: credential, creationPolicy: "Owner" },
            data: [{ secretKey: VALUE, remoteRef: values[credential] }],
          },
        },
        { parent, dependsOn: place.placeIn(namespace) },
      ),
  );
}
