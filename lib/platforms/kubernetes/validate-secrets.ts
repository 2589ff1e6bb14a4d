import type { Perimeter } from "../../perimeter";
import { suggest } from "../../perimeter/names";
import type { ExternalSecretsArgs, KubernetesArgs } from "./args";
import { RIGHTS } from "./perimeter";
import { storedCredentials } from "./secrets";
import type { Report } from "./validate";

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const KEY = /^[A-Za-z0-9._-]{1,253}$/;
const DURATION = /^(\d+(h|m|s))+$/;
const STORES = ["ClusterSecretStore", "SecretStore"];

/** Reports places of credentials that no workload could use, and credentials that are in none although all must be. */
export function checkSecrets(args: KubernetesArgs, { workloads }: Perimeter, report: Report): void {
  const { existingSecrets = {}, externalSecrets, requireSecretStore = false } = args;
  const held = [...new Set(workloads.flatMap(({ credentials = [] }) => credentials))].filter(
    (one) => !RIGHTS.includes(one),
  );
  const checkHeld = (path: string, credential: string) => {
    if (!held.includes(credential))
      report(path, `no workload holds a credential "${credential}"; ${suggest(credential, held)}`);
  };
  for (const [credential, { name, key }] of Object.entries(existingSecrets)) {
    const path = `existingSecrets["${credential}"]`;
    checkHeld(path, credential);
    checkName(`${path}.name`, name, "Secret", report);
    if (!KEY.test(key ?? ""))
      report(
        `${path}.key`,
        `"${key ?? ""}" is no key of a Secret's data; use letters, digits, hyphens, dots and underscores`,
      );
  }
  if (externalSecrets) {
    checkStore(externalSecrets, report);
    for (const [credential, { key }] of Object.entries(externalSecrets.values ?? {})) {
      const path = `externalSecrets.values["${credential}"]`;
      checkHeld(path, credential);
      if (!key) report(`${path}.key`, "is missing; name where the value is in the store");
      if (credential in existingSecrets) report(path, `"${credential}" is in existingSecrets too; keep one of them`);
    }
  }
  if (!requireSecretStore) return;
  const stored = storedCredentials(args);
  for (const credential of held.filter((one) => !stored.includes(one)))
    report(
      "requireSecretStore",
      `credential "${credential}" would be in the deployment's state; say where your store has it by externalSecrets or existingSecrets`,
    );
}

function checkStore({ store, refresh, values }: ExternalSecretsArgs, report: Report): void {
  checkName("externalSecrets.store.name", store?.name, "secret store", report);
  const { kind = STORES[0] } = store ?? {};
  if (!STORES.includes(kind as string))
    report("externalSecrets.store.kind", `"${kind}" is no kind of store; ${suggest(`${kind}`, STORES)}`);
  if (refresh !== undefined && !DURATION.test(refresh))
    report("externalSecrets.refresh", `"${refresh}" is no time; write it as "15m" or "1h"`);
  if (Object.keys(values ?? {}).length === 0)
    report("externalSecrets.values", "is empty; say where the store has which credential, or remove externalSecrets");
}

function checkName(path: string, name: string | undefined, what: string, report: Report): void {
  if (!NAME.test(name ?? "")) report(path, `"${name ?? ""}" is no name of a ${what}; use a-z, 0-9, hyphens and dots`);
}
