import { chainsOf, type EnvoyConfig, envoyConfigs, filtersOf, serverNames } from "../readers/envoy";
import { at, list, type Props, record, text, texts, walk } from "../readers/values";
import type { ResourceRule } from "../rule";

export const egressAllowList: ResourceRule = {
  id: "egress-allow-list",
  level: "mandatory",
  severity: "critical",
  description: "An Envoy that looks hosts up and connects to them names each of them.",
  why: "Otherwise it forwards to whatever host a caller asks for, and is no gateway but a hole.",
  controls: { sp800207: [2, 4], sp80053: ["SC-7(5)", "SC-7(8)", "AC-4"], iso27001: ["A.8.12", "A.8.23"] },
  check: (resource) =>
    envoyConfigs(resource).flatMap((config) => faults(config).map((fault) => `${config.where}: ${fault}`)),
};

function faults({ listeners, clusters }: EnvoyConfig): string[] {
  return [
    ...clusters
      .filter(({ type }) => type === "ORIGINAL_DST")
      .map(({ name }) => `cluster "${text(name)}" connects to whatever address a caller meant; name hosts instead`),
    ...listeners.flatMap((listener) => chainsOf(listener).flatMap((chain) => openWays(chain, text(listener.name)))),
  ];
}

function openWays(chain: Props, listener: string | undefined): string[] {
  const unread = filtersOf(chain).some(({ config }) => isOf(config, ".sni_dynamic_forward_proxy."));
  return [
    ...(unread && isAny(serverNames(chain))
      ? [`listener "${listener}" passes TLS on to any host; name them as server_names of its filter chain`]
      : []),
    ...routesOf(chain)
      .filter(({ hosts }) => isAny(hosts))
      .map(({ name }) => `listener "${listener}": route "${name}" goes to any host; name it as host_rewrite_literal`),
  ];
}

const isOf = (config: unknown, part: string): boolean => (text(at(config, "@type")) ?? "").includes(part);
const isAny = (hosts: unknown[]): boolean => hosts.length === 0 || texts(hosts).some((host) => host.includes("*"));

/** Routes of a chain that looks hosts up, each with the hosts it goes to. */
function routesOf(chain: Props): { name: string; hosts: unknown[] }[] {
  return filtersOf(chain)
    .filter(({ config }) =>
      list(config.http_filters).some((one) => isOf(at(one, "typed_config"), ".http.dynamic_forward_proxy.")),
    )
    .flatMap(({ config }) => list(at(config, "route_config", "virtual_hosts")))
    .flatMap((host) =>
      list(at(host, "routes"))
        .map(record)
        .filter(({ route }) => route !== undefined)
        .map((route) => {
          const fixed = rewrites(route.typed_per_filter_config);
          return { name: text(route.name) ?? "?", hosts: fixed.length > 0 ? fixed : list(at(host, "domains")) };
        }),
    );
}

function rewrites(settings: unknown): string[] {
  const found: string[] = [];
  walk(settings, (value, way) => {
    if (way.at(-1) === "host_rewrite_literal" && text(value)) found.push(value as string);
  });
  return found;
}
