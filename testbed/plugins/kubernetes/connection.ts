/** The way to the cluster that the provider's configuration names. */
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "./api";
import type { Settings } from "./configuration";
import { activeCluster, ambientKubeconfig, kubeconfigText, parseKubeconfig } from "./kubeconfig";
import { type Credentials, transport } from "./transport";

/** A cluster, or why there is none. */
export interface Connection {
  readonly api?: Api;
  readonly unreachable: string;
  /** Where objects go that name no namespace. */
  readonly defaultNamespace: string;
}

/** Tokens of short life are asked for again after this long. */
const CREDENTIALS_MS = 60_000;

export async function connect(settings: Settings): Promise<Connection> {
  let text: string | undefined;
  let namespace: string | undefined;
  try {
    const given = settings.kubeconfig ?? ambientKubeconfig();
    text = given === undefined ? undefined : kubeconfigText(given);
    if (text !== undefined) namespace = activeCluster(parseKubeconfig(text), settings).namespace;
  } catch (error) {
    return {
      unreachable: `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${(error as Error).message}`,
      defaultNamespace: settings.namespace ?? "",
    };
  }
  const defaultNamespace = settings.namespace ?? namespace ?? "default";
  try {
    const { server, credentials } = await load(text, settings);
    const api = new Api(transport(server, credentials));
    const unreachable = await reachable(api);
    return unreachable === "" ? { api, unreachable, defaultNamespace } : { unreachable, defaultNamespace };
  } catch (error) {
    const advice =
      "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n" +
      " \t • set up the provider as per https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ \n\n ";
    return { unreachable: advice + (error as Error).message, defaultNamespace };
  }
}

/** An empty text for a cluster that answers. */
async function reachable(api: Api): Promise<string> {
  const gaveUp = new AbortController();
  const limit = sleep(10_000, undefined, { signal: gaveUp.signal }).then(() => {
    throw new Error("no answer within 10 s");
  });
  try {
    await Promise.race([api.reach(gaveUp.signal), limit]);
    return "";
  } catch (error) {
    return `unable to load schema information from the API server: ${(error as Error).message}`;
  } finally {
    limit.catch(() => {});
    gaveUp.abort(new Error("done"));
  }
}

/** Reads the kubeconfig with Kubernetes' own client, which knows every way to authenticate. It is loaded only here: that takes half a second. */
async function load(text: string | undefined, { context, cluster }: Settings) {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (text !== undefined) config.loadFromString(text);
  else if (process.env.KUBERNETES_SERVICE_HOST) config.loadFromCluster();
  else
    throw new Error(
      "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
    );
  if (context) config.setCurrentContext(context);
  if (cluster)
    config.contexts = config.contexts.map((its) => (its.name === config.currentContext ? { ...its, cluster } : its));
  const found = config.getCurrentCluster();
  if (!found?.server) throw new Error(`invalid configuration: context "${config.currentContext}" names no cluster`);
  let kept: { options: https.RequestOptions; until: number } | undefined;
  const credentials: Credentials = async () => {
    if (kept !== undefined && Date.now() < kept.until) return kept.options;
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    // Its own agent opens a connection per request.
    if (!found.proxyUrl && found.server.startsWith("https:"))
      options.agent = new https.Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized, servername });
    kept = { options, until: Date.now() + CREDENTIALS_MS };
    return options;
  };
  return { server: found.server, credentials };
}
