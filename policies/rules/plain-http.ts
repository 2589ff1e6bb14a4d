import { containersOf } from "../readers/containers";
import {
  addressesOf,
  chainsOf,
  type EnvoyConfig,
  envoyConfigs,
  filtersOf,
  isLoopback,
  serverNames,
} from "../readers/envoy";
import { kindOf } from "../readers/kinds";
import { openClawConfigs } from "../readers/openclaw";
import { at, type Props, text, UNKNOWN, walk } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

export const plainHttp: ResourceRule = {
  id: "plain-http",
  level: "mandatory",
  severity: "high",
  description: "What leaves a pod or a container is encrypted.",
  why: "Otherwise cookies, prompts and answers are read by whoever is on the way.",
  controls: { sp800207: [2], sp80053: ["SC-8", "SC-8(1)"], iso27001: ["A.8.20", "A.8.24"] },
  check: (resource) => [
    ...envoyConfigs(resource).flatMap((config) => plainLinks(config).map((fault) => `${config.where}: ${fault}`)),
    ...openClawConfigs(resource).flatMap(({ where, whole }) => plainUrls(whole).map((fault) => `${where}: ${fault}`)),
    ...containersOf(resource).flatMap(({ title, environment }) =>
      environment
        .filter(({ value = "" }) => isPlain(value))
        .map(({ name }) => `${title}: ${name} is a plain http URL; use https`),
    ),
    ...(isPlainIngress(resource) ? ["takes plain http; add spec.tls"] : []),
  ],
};

function isPlainIngress(resource: Resource): boolean {
  const tls = at(resource.props, "spec", "tls");
  return kindOf(resource) === "Ingress" && tls !== UNKNOWN && !(Array.isArray(tls) && tls.length > 0);
}

/** A way within a pod is none that others could be on. */
function isPlain(url: string): boolean {
  if (!/^(http|ws):\/\//i.test(url) || !URL.canParse(url)) return false;
  return !isLoopback(new URL(url).hostname.replace(/[[\]]/g, ""));
}

function plainUrls(config: Props): string[] {
  const found: string[] = [];
  walk(config, (value, way) => {
    if (isPlain(text(value) ?? "")) found.push(`${way.join(".")} is plain http; use https`);
  });
  return found;
}

function plainLinks({ listeners, clusters }: EnvoyConfig): string[] {
  const chains = listeners.flatMap((listener) => chainsOf(listener).map((chain) => ({ listener, chain })));
  const isHttp = (chain: Props) => filtersOf(chain).some(({ type }) => type === "HttpConnectionManager");
  const isOutside = (part: unknown) => addressesOf(part).some((address) => !isLoopback(address));
  // What is passed on unread, by the name its TLS asks for, is encrypted already.
  const unread = chains
    .filter(({ chain }) => chain.transport_socket === undefined && serverNames(chain).length > 0)
    .flatMap(({ chain }) => filtersOf(chain).map(({ config }) => config.cluster));
  return [
    ...chains
      .filter(({ chain }) => isHttp(chain) && chain.transport_socket === undefined)
      .filter(({ listener }) => isOutside(listener))
      .map(({ listener }) => `listener "${text(listener.name)}" takes plain http; give it a transport_socket`),
    ...clusters
      .filter(({ name, transport_socket }) => transport_socket === undefined && !unread.includes(name))
      .filter(({ cluster_type, load_assignment }) => cluster_type !== undefined || isOutside(load_assignment))
      .map(({ name }) => `cluster "${text(name)}" is called without TLS; give it a transport_socket`),
  ];
}
