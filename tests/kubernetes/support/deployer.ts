import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { deployerAccess, kubernetes, type Perimeter } from "../../../lib";
import type { Hands } from "./cluster";

/** Somebody who may deploy, and nothing else. */
export interface DeployerAccount {
  /** The stack's, to be deployed by this account into the namespaces it was given. */
  settings: Record<string, string>;
  /** Arguments of kubectl that make it ask as this account. */
  as: string[];
  /** Takes everything away that was made for it. */
  remove(): Promise<void>;
}

const SUBJECT = { kind: "ServiceAccount", name: "deployer", namespace: "default" };

/** Makes what an administrator makes, and an account's own kubeconfig. */
export async function deployerAccount(hands: Hands, perimeter: Perimeter): Promise<DeployerAccount> {
  const { prefix, access } = hands;
  const platform = kubernetes({ apiServer: { addresses: [`${access.nodeAddress}/32`] }, prefix });
  const objects = deployerAccess({ platform, name: prefix, perimeter, subject: SUBJECT });
  const { name, namespace, kind } = SUBJECT;
  const list = {
    apiVersion: "v1",
    kind: "List",
    items: [{ apiVersion: "v1", kind, metadata: { name, namespace } }, ...objects],
  };
  await hands.apply(list);
  const folder = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-deployer-"));
  const kubeconfig = join(folder, "kubeconfig");
  const token = (await hands.kubectl("create", "token", name, "--namespace", namespace, "--duration", "1h")).trim();
  const own = parse(readFileSync(access.kubeconfig, "utf8")) as { users: { user: object }[] };
  for (const user of own.users) user.user = { token };
  writeFileSync(kubeconfig, stringify(own), { mode: 0o600 });
  const zones = objects.flatMap(({ kind: made, metadata }) =>
    made === "Namespace" ? [[metadata.labels?.["zero-trust-openclaw/zone"] as string, metadata.name] as const] : [],
  );
  return {
    settings: {
      kubeconfig,
      ...Object.fromEntries(zones.map(([zone, place]) => [`kubernetes.existingNamespaces.${zone}`, place])),
    },
    as: ["--as", `system:serviceaccount:${namespace}:${name}`],
    remove: async () => {
      rmSync(folder, { recursive: true });
      await hands.remove(list);
    },
  };
}
