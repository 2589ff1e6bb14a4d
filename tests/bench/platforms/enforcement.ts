/** How long a cluster needs until a change of network policies is in force, seen by connections from inside. */
import { CoreV1Api, KubeConfig, NetworkingV1Api, type V1NetworkPolicy } from "@kubernetes/client-node";
import { QUARANTINE_LABEL } from "../../../lib/platforms/kubernetes/labels";
import { ownImages } from "../../../testbed/cluster/layout";
import { sleep } from "../../../testbed/sleep";
import type { KubernetesDriver } from "../../conformance/kubernetes";
import type { Generator } from "../generator";
import { rotated } from "../statistics";
import type { Table } from "../table";
import { generatorPod, runningPod } from "./pods";
import { enforcementTable } from "./tables";

export const ENFORCEMENT_ROUNDS = 30;
const PORT = 8099;
const POLICY = "server--from--client";
const LABEL = "app";
/** The dials must have begun, and what they saw at first must be what was before. */
const BEGUN_MS = 150;
const LIMIT_MS = 30_000;

/** A change, what it does to new connections, and what takes it back. */
interface Change {
  name: string;
  until: "open" | "closed";
  make(): Promise<unknown>;
}

/** @param namespace - of its own, made by the caller; nothing else may be in it */
export async function measureEnforcement(
  driver: KubernetesDriver,
  namespace: string,
  say: (activity: string) => void,
): Promise<Table> {
  const { networking, core } = clients(driver);
  await driver.apply(denyAll(namespace));
  const where = (name: string) => ({ namespace, name, labels: { [LABEL]: name } });
  const command = ["/listen", `0.0.0.0:${PORT}`];
  await runningPod(driver, where("server"), { image: ownImages.tools, command });
  const generator = await generatorPod(driver, where("client"));
  const address = await driver.kubectl(
    ...["get", "pod", "--namespace", namespace, "server", "--output", "jsonpath={.status.podIP}"],
  );
  const label = (op: "add" | "remove") =>
    core.patchNamespacedPod({
      namespace,
      name: "server",
      body: [
        {
          op,
          path: `/metadata/labels/${QUARANTINE_LABEL.replace("/", "~1")}`,
          ...(op === "add" ? { value: "true" } : {}),
        },
      ],
    });
  const put = () => networking.createNamespacedNetworkPolicy({ namespace, body: allow(namespace) });
  const pairs: [Change, Change][] = [
    [
      {
        name: "deny: the policy that allows is deleted",
        until: "closed",
        make: () => networking.deleteNamespacedNetworkPolicy({ namespace, name: POLICY }),
      },
      { name: "allow: that policy is created", until: "open", make: put },
    ],
    [
      { name: "deny: the pod is labelled as in quarantine", until: "closed", make: () => label("add") },
      { name: "allow: the label is taken away", until: "open", make: () => label("remove") },
    ],
  ];
  const dial = `${address}:${PORT}`;
  // A pod that is new may be open to all for a moment.
  const denied = await generator.carryOut({ dial, until: "closed", forMs: LIMIT_MS });
  if (denied.at === undefined && !denied.error?.includes("already")) throw new Error(`the denial: ${denied.error}`);
  await took(generator, dial, { name: "the first policy", until: "open", make: put });
  const times = new Map<string, number[]>(pairs.flat().map(({ name }) => [name, []]));
  for (let round = 0; round < ENFORCEMENT_ROUNDS; round += 1) {
    say(`round ${round + 1} of ${ENFORCEMENT_ROUNDS}`);
    for (const change of rotated(pairs, round).flat()) {
      // Not always as long after the last, lest it meet the enforcer in the same moment of its own round each time.
      await sleep((round * 37) % 200);
      times.get(change.name)?.push(await took(generator, dial, change));
    }
  }
  generator.end();
  return enforcementTable(times, await policyCount(networking));
}

/** Milliseconds from the request to the API server until the first new connection that shows it. */
async function took(generator: Generator, dial: string, { name, until, make }: Change): Promise<number> {
  const seen = generator.carryOut({ dial, until, forMs: LIMIT_MS });
  // It is looked at below.
  seen.catch(() => {});
  await sleep(BEGUN_MS);
  const asked = Date.now();
  await make();
  const { at, error } = await seen;
  if (at === undefined) throw new Error(`${name}: ${error}`);
  return at - asked;
}

function clients({ access }: KubernetesDriver) {
  const config = new KubeConfig();
  config.loadFromFile(access.kubeconfig);
  if (access.context) config.setCurrentContext(access.context);
  return { networking: config.makeApiClient(NetworkingV1Api), core: config.makeApiClient(CoreV1Api) };
}

async function policyCount(networking: NetworkingV1Api): Promise<number> {
  return (await networking.listNetworkPolicyForAllNamespaces()).items.length;
}

const policy = (name: string, namespace: string, spec: V1NetworkPolicy["spec"]): V1NetworkPolicy => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace },
  spec,
});

const denyAll = (namespace: string) => policy("default-deny", namespace, { podSelector: {}, policyTypes: ["Ingress"] });

/** As the library's are: exact pods and port, and nobody in quarantine. */
const allow = (namespace: string) =>
  policy(POLICY, namespace, {
    podSelector: {
      matchLabels: { [LABEL]: "server" },
      matchExpressions: [{ key: QUARANTINE_LABEL, operator: "NotIn", values: ["true"] }],
    },
    policyTypes: ["Ingress"],
    ingress: [
      { _from: [{ podSelector: { matchLabels: { [LABEL]: "client" } } }], ports: [{ protocol: "TCP", port: PORT }] },
    ],
  });
