import { sleep } from "../../../testbed/sleep";
import type { Hands } from "./cluster";

/** A pod's part that every namespace with Pod Security `restricted` takes. */
const HARDENED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  runAsUser: 65_532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** A company's namespace, in which not everything is allowed. */
export function namespace(name: string, labels: Record<string, string> = {}): object {
  const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...restricted, ...labels } } };
}

export interface PodPlace {
  namespace: string;
  name: string;
  labels: Record<string, string>;
}

/** A pod that does one thing. */
export function pod(
  where: PodPlace,
  container: { image: string; command: string[]; env?: object[]; stdin?: boolean; stdinOnce?: boolean },
): object {
  const main = { name: "main", imagePullPolicy: "IfNotPresent", securityContext: HARDENED, ...container };
  const spec = { restartPolicy: "Never", automountServiceAccountToken: false, containers: [main] };
  return { apiVersion: "v1", kind: "Pod", metadata: where, spec };
}

/** Stands for an ingress controller that passes TLS through: it begins each connection with a header that says where it comes from. */
export function controller(
  where: PodPlace,
  image: string,
  { nodePort, to }: { nodePort: number; to: { host: string; port: number } },
): object[] {
  const listen = 8443;
  const typed = (type: string, rest: object) => ({ "@type": `type.googleapis.com/envoy.extensions.${type}`, ...rest });
  const config = {
    static_resources: {
      listeners: [
        {
          name: "people",
          address: { socket_address: { address: "0.0.0.0", port_value: listen } },
          filter_chains: [
            {
              filters: [
                {
                  name: "tcp",
                  typed_config: typed("filters.network.tcp_proxy.v3.TcpProxy", {
                    stat_prefix: "edge",
                    cluster: "edge",
                  }),
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: "edge",
          type: "STRICT_DNS",
          dns_refresh_rate: "1s",
          dns_failure_refresh_rate: { base_interval: "1s", max_interval: "2s" },
          load_assignment: {
            cluster_name: "edge",
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: { address: { socket_address: { address: to.host, port_value: to.port } } } },
                ],
              },
            ],
          },
          transport_socket: {
            name: "proxy-protocol",
            typed_config: typed("transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport", {
              config: { version: "V2" },
              transport_socket: { name: "raw", typed_config: typed("transport_sockets.raw_buffer.v3.RawBuffer", {}) },
            }),
          },
        },
      ],
    },
  };
  const command = ["/usr/local/bin/envoy", "--config-yaml", JSON.stringify(config), "--log-level", "warn"];
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: where.namespace, name: where.name },
    spec: {
      type: "NodePort",
      externalTrafficPolicy: "Local",
      selector: where.labels,
      ports: [{ port: 443, targetPort: listen, nodePort, protocol: "TCP" }],
    },
  };
  return [pod(where, { image, command }), service];
}

/** Whether a connection comes about, tried by a pod made for it. */
export async function connects(
  hands: Hands,
  where: { namespace: string; labels: Record<string, string> },
  image: string,
  address: string,
): Promise<boolean> {
  const name = "caller";
  const caller = pod(
    { ...where, name },
    { image, command: ["/zt-tools", "probe", "tcp", "--address", address, "--timeout", "3s"] },
  );
  await hands.apply(caller);
  try {
    const at = ["--namespace", where.namespace, `pod/${name}`];
    let reason = "";
    for (
      const limit = Date.now() + 60_000;
      !/^(Succeeded|Failed)$/.test(reason) && Date.now() < limit;
      await sleep(300)
    )
      reason = await hands.kubectl("get", ...at, "--output", "jsonpath={.status.phase}");
    if (reason === "Succeeded") return true;
    const said = await hands.kubectl("logs", ...at);
    // Only its own refusal is proof.
    if (reason === "Failed" && /dial tcp/.test(said)) return false;
    throw new Error(`${where.namespace}: the pod ended as ${reason}: ${said}`);
  } finally {
    await hands.remove(caller);
  }
}
