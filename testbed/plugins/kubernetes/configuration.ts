/** The provider's own configuration: what it may say, what a change of it means, and what it comes to. */
import { isDeepStrictEqual } from "node:util";
import type { Failure } from "../check";
import { ENGINE_KEYS } from "../messages";
import { hasUnknown, type Properties, reveal, type Value } from "../values";
import { activeCluster, type Kubeconfig, parseKubeconfig } from "./kubeconfig";
import { isObject } from "./objects";

/** Switches and the variables of the environment that the official plugin takes them from otherwise. */
const switches = {
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
} as const;

const texts = ["cluster", "clusterIdentifier", "context", "kubeconfig", "namespace", "renderYamlToDirectory"];
/** There is nothing here that they could change. */
const ignored = ["suppressDeprecationWarnings", "suppressHelmHookWarnings"];
const flags = [...Object.keys(switches), "alwaysRender", "enableServerSideApply", ...ignored];

export interface Settings extends Readonly<Record<keyof typeof switches, boolean>> {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly renderYamlToDirectory?: string;
  readonly alwaysRender: boolean;
}

const isSet = (value: Value | undefined): boolean => value === true || (typeof value === "string" && value !== "");
const isOn = (value: Value | undefined): boolean => value === true || value === "true";

export function checkConfiguration(marked: Properties): Failure[] {
  const news = reveal(marked) as Properties;
  const given = Object.keys(news).filter((key) => news[key] !== null && !ENGINE_KEYS.has(key));
  const unknown = given.filter((key) => !texts.includes(key) && !flags.includes(key));
  const failures = unknown.map((key) => ({
    property: key,
    reason: `this stand-in does not know ${key}; it knows ${[...texts, ...flags].sort().join(", ")}. Use the official plugin for the rest.`,
  }));
  if (
    news.enableServerSideApply !== undefined &&
    !isOn(news.enableServerSideApply) &&
    news.enableServerSideApply !== null
  )
    failures.push({ property: "enableServerSideApply", reason: "this stand-in knows server-side apply only" });
  if (isSet(news.renderYamlToDirectory)) {
    // The SDK takes the kubeconfig from the environment when the program gives none, and that one does no harm.
    const ambient = news.kubeconfig !== undefined && news.kubeconfig === process.env.KUBECONFIG;
    const clashing = ["cluster", "context", ...(ambient ? [] : ["kubeconfig"])].filter((key) => isSet(news[key]));
    for (const key of clashing)
      failures.push({ property: key, reason: `"${key}" arg is not compatible with "renderYamlToDirectory" arg` });
  } else if (isOn(news.alwaysRender)) {
    failures.push({ property: "alwaysRender", reason: '"alwaysRender" requires "renderYamlToDirectory" to be set' });
  }
  return failures;
}

export interface ConfigurationChange {
  readonly changed: readonly string[];
  /** Changes that mean another cluster, so that everything in it must be made anew. */
  readonly replaces: readonly string[];
}

export function diffConfiguration(marked: Properties, markedNews: Properties): ConfigurationChange {
  const [olds, news] = [reveal(marked) as Properties, reveal(markedNews) as Properties];
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
    .filter((key) => !isDeepStrictEqual(olds[key], news[key]))
    .sort();
  if (changed.length === 0) return { changed, replaces: [] };
  const identifier = [olds.clusterIdentifier, news.clusterIdentifier];
  // Giving a cluster a name, or taking it away, makes it no other cluster.
  const renamed = identifier.every((name) => name !== undefined) && changed.includes("clusterIdentifier");
  const sameCluster = isSet(news.clusterIdentifier) && !changed.includes("clusterIdentifier");
  const unknown = ["kubeconfig", "context", "cluster"].find((key) => hasUnknown(news[key]));
  const replaces = renamed ? ["clusterIdentifier"] : [];
  if (unknown !== undefined) {
    return { changed: [unknown], replaces: sameCluster ? [] : [...replaces, unknown] };
  }
  if (changed.includes("renderYamlToDirectory")) replaces.push("renderYamlToDirectory");
  const [before, after] = [clusterOf(olds), clusterOf(news)];
  if (before !== undefined && after !== undefined && !isDeepStrictEqual(before, after))
    replaces.push(...["kubeconfig", "context", "cluster"].filter((key) => changed.includes(key)));
  return { changed, replaces: sameCluster ? [] : replaces };
}

function clusterOf(properties: Properties): object | undefined {
  const { kubeconfig, context, cluster } = properties;
  const given = isObject(kubeconfig) ? JSON.stringify(kubeconfig) : kubeconfig;
  let config: Kubeconfig;
  try {
    config = parseKubeconfig(typeof given === "string" ? given : "");
  } catch (error) {
    throw new Error(`failed to parse kubeconfig: ${(error as Error).message}`);
  }
  const overrides = {
    ...(typeof context === "string" && { context }),
    ...(typeof cluster === "string" && { cluster }),
  };
  return activeCluster(config, overrides).cluster;
}

/**
 * @param variables - the configuration as the engine hands it over, all of it text
 * @throws for variables of the environment that the official plugin would obey and this stand-in cannot
 */
export function readSettings(
  variables: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const refused: [string, (value: string) => boolean][] = [
    ["PULUMI_K8S_AWAIT_ALL", isOn],
    ["PULUMI_K8S_CLIENT_TIMEOUT", isSet],
    ["PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", isOn],
    ...(variables.has("enableServerSideApply")
      ? []
      : [["PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", (value) => !isOn(value)] as [string, (value: string) => boolean]]),
  ];
  for (const [name, obeyed] of refused) {
    const value = environment[name];
    if (value !== undefined && obeyed(value))
      throw new Error(`this stand-in does not support ${name}=${value}; use the official plugin, or unset it`);
  }
  const on = Object.entries(switches).map(([key, variable]) => [
    key,
    isOn(variables.get(key) ?? environment[variable]),
  ]);
  const given = texts.flatMap((key) => (variables.get(key) ? [[key, variables.get(key)]] : []));
  return { alwaysRender: isOn(variables.get("alwaysRender")), ...Object.fromEntries(on), ...Object.fromEntries(given) };
}
