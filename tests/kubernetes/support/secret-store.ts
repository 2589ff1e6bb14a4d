import { sleep } from "../../../testbed/sleep";
import type { Hands } from "./cluster";

const GROUP = "external-secrets.io";
const API = `${GROUP}/v1`;

/** What a cluster with External Secrets knows, as far as a deployment needs it. */
export function kinds(labels: Record<string, string>): object[] {
  return [
    kind("ExternalSecret", "externalsecrets", "Namespaced", labels),
    kind("ClusterSecretStore", "clustersecretstores", "Cluster", labels),
  ];
}

function kind(name: string, plural: string, scope: string, labels: Record<string, string>): object {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const version = {
    ...{ name: "v1", served: true, storage: true },
    schema: { openAPIV3Schema: anything },
    subresources: { status: {} },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}`, labels },
    spec: { group: GROUP, scope, names: { kind: name, plural }, versions: [version] },
  };
}

export function secretStore(name: string): object {
  return { apiVersion: API, kind: "ClusterSecretStore", metadata: { name } };
}

interface ExternalSecret {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string };
  spec: {
    secretStoreRef: { kind: string; name: string };
    target: { name: string };
    data: { secretKey: string; remoteRef: { key: string; property?: string } }[];
  };
}

/** Stands for the operator of External Secrets: does what it is told with the values of a store. */
export class Operator {
  /** @param values By key and property, such as `openclaw/login cookie-key`. */
  constructor(
    private readonly hands: Hands,
    private readonly store: string,
    private readonly values: Record<string, string>,
  ) {}

  /** Goes on until `work` has ended, and returns what came of that. */
  async during<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    while (!ended) {
      await this.bring();
      await sleep(1000);
    }
    return work;
  }

  /** Brings every value to where it is wanted. */
  async bring(): Promise<void> {
    for (const one of await this.hands.get<ExternalSecret>(`externalsecrets.${GROUP}`, "--all-namespaces")) {
      const { apiVersion, kind: type, metadata, spec } = one;
      if (spec.secretStoreRef.name !== this.store) continue;
      const { name, namespace, uid } = metadata;
      const owner = { apiVersion, kind: type, name, uid };
      const data = spec.data.map(({ secretKey, remoteRef: { key, property } }) => {
        const value = this.values[`${key} ${property}`];
        if (value === undefined) throw new Error(`the store has no "${key} ${property}"`);
        return [secretKey, Buffer.from(value).toString("base64")];
      });
      await this.hands.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: spec.target.name, namespace, ownerReferences: [owner] },
        data: Object.fromEntries(data),
      });
      const condition = { type: "Ready", status: "True", reason: "SecretSynced", message: "by a test" };
      await this.hands.kubectl(
        ...["patch", `externalsecrets.${GROUP}`, "--namespace", namespace, name, "--subresource", "status"],
        ...["--type", "merge", "--patch", JSON.stringify({ status: { conditions: [condition] } })],
      );
    }
  }
}
