/** What each part of the node is told: its configuration file and its command line. Pure text, no effects. */
import { join } from "node:path";
import { controlGroup, network, networkNamespace, nodeName, ownImages, places, sockets, volumes } from "./layout";
import { kubeconfigOf, pkiFile } from "./pki";

export interface Component {
  readonly name: ComponentName;
  readonly program: string;
  readonly args: readonly string[];
  /** Files that it reads once: when they change it must start again. */
  readonly reads: readonly string[];
}

/** In the order in which they start. */
export const componentNames = [
  "etcd",
  "containerd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-network-policies",
  "kubelet",
  "kube-proxy",
  "volumes",
] as const;
export type ComponentName = (typeof componentNames)[number];

export const provisioner = "zero-trust-openclaw/local-volumes";

const file = (name: string): string => join(places.configuration, name);
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** By path. Written only when they differ, because kube-proxy ends when its file is written. */
export function configurationFiles(networkPlugins: string): Record<string, string> {
  return {
    [file("containerd.toml")]: containerd(networkPlugins),
    [file("network/10-bridge.conflist")]: json(podNetwork),
    [file("resolv.conf")]: `nameserver ${network.dns}\n`,
    [file("kubelet.json")]: json(kubelet),
    [file("kube-proxy.json")]: json(kubeProxy),
  };
}

function containerd(networkPlugins: string): string {
  const text = (value: string): string => JSON.stringify(value);
  const unused = ["snapshotter.v1.btrfs", "snapshotter.v1.zfs", "snapshotter.v1.aufs", "snapshotter.v1.devmapper"];
  const tracing = ["tracing.processor.v1.otlp", "internal.v1.tracing"];
  const disabled = [...unused, ...tracing].map((name) => text(`io.containerd.${name}`));
  return `version = 2
root = ${text(join(places.data, "containerd"))}
state = ${text(join(places.run, "containerd"))}
disabled_plugins = [${disabled.join(", ")}]

[grpc]
  address = ${text(sockets.containerd)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(places.data, "containerd-opt"))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(ownImages.pause)}
  # Without the right to lower it, a container that wants a lower score than containerd's does not start.
  restrict_oom_score_adj = true
  # Not in the folder that all network namespaces of the machine share.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        # Not in the folder that all containerds of the machine share.
        Root = ${text(join(places.run, "runc"))}

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(networkPlugins)}
    conf_dir = ${text(file("network"))}
`;
}

/** No masquerading: there is nowhere to go. */
const podNetwork = {
  cniVersion: "1.0.0",
  name: network.name,
  plugins: [
    {
      type: "bridge",
      bridge: network.bridge,
      isDefaultGateway: true,
      hairpinMode: true,
      ipMasq: false,
      ipam: {
        type: "host-local",
        dataDir: join(places.run, "addresses"),
        ranges: [[{ subnet: network.nodePods }]],
      },
    },
  ],
};

const kubelet = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pkiFile("ca.crt") },
  },
  authorization: { mode: "Webhook" },
  tlsCertFile: pkiFile("kubelet-serving.crt"),
  tlsPrivateKeyFile: pkiFile("kubelet-serving.key"),
  address: network.node,
  containerRuntimeEndpoint: `unix://${sockets.containerd}`,
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${controlGroup}`,
  // Machines with the first version of control groups are still common.
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  seccompDefault: true,
  clusterDNS: [network.dns],
  clusterDomain: network.domain,
  resolvConf: file("resolv.conf"),
  // Images come from here only; what is thrown away could not be pulled again.
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "imagefs.available": "1%",
    "nodefs.inodesFree": "1%",
  },
  podLogsDir: join(places.data, "pod-logs"),
  volumePluginDir: join(places.data, "kubelet", "volume-plugins"),
  // A changed Secret reaches its pods within seconds; the default is a minute.
  syncFrequency: "10s",
  nodeStatusUpdateFrequency: "5s",
};

const kubeProxy = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  // Not every kernel has what the other modes need.
  mode: "iptables",
  clientConnection: { kubeconfig: kubeconfigOf("kube-proxy") },
  hostnameOverride: nodeName,
  clusterCIDR: network.pods,
  bindAddress: network.node,
  healthzBindAddress: "127.0.0.1:10256",
  metricsBindAddress: "127.0.0.1:10249",
  nodePortAddresses: ["primary"],
  // The size of the table belongs to the machine.
  conntrack: { maxPerCore: 0 },
  iptables: { localhostNodePorts: false, minSyncPeriod: "0s" },
  oomScoreAdj: 0,
};

const flags = (values: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

/** `programs` is the folder of those compiled here. */
export function components(programs: string, containerdProgram: string): Readonly<Record<ComponentName, Component>> {
  const own = (name: ComponentName, values: Parameters<typeof flags>[0], ...reads: string[]): Component => ({
    name,
    program: join(programs, name),
    args: flags(values),
    reads,
  });
  const etcdUrl = "https://127.0.0.1:2379";
  const peerUrl = "http://127.0.0.1:2380";
  const accessTo = (name: string): Record<string, string> => ({
    kubeconfig: kubeconfigOf(name),
    "authentication-kubeconfig": kubeconfigOf(name),
    "authorization-kubeconfig": kubeconfigOf(name),
  });
  return {
    etcd: own("etcd", {
      name: nodeName,
      "data-dir": join(places.data, "etcd"),
      "listen-client-urls": etcdUrl,
      "advertise-client-urls": etcdUrl,
      "listen-peer-urls": peerUrl,
      "initial-advertise-peer-urls": peerUrl,
      "initial-cluster": `${nodeName}=${peerUrl}`,
      "client-cert-auth": true,
      "trusted-ca-file": pkiFile("etcd-ca.crt"),
      "cert-file": pkiFile("etcd.crt"),
      "key-file": pkiFile("etcd.key"),
      // Only a power cut could lose something, and a test cluster is soon made again.
      "unsafe-no-fsync": true,
      "log-level": "warn",
    }),
    containerd: {
      name: "containerd",
      program: containerdProgram,
      args: ["--config", file("containerd.toml")],
      reads: [file("containerd.toml")],
    },
    "kube-apiserver": own("kube-apiserver", {
      "advertise-address": network.node,
      "bind-address": network.node,
      "secure-port": 6443,
      "allow-privileged": true,
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "client-ca-file": pkiFile("ca.crt"),
      "tls-cert-file": pkiFile("apiserver.crt"),
      "tls-private-key-file": pkiFile("apiserver.key"),
      "etcd-servers": etcdUrl,
      "etcd-cafile": pkiFile("etcd-ca.crt"),
      "etcd-certfile": pkiFile("apiserver-etcd-client.crt"),
      "etcd-keyfile": pkiFile("apiserver-etcd-client.key"),
      "kubelet-certificate-authority": pkiFile("ca.crt"),
      "kubelet-client-certificate": pkiFile("apiserver-kubelet-client.crt"),
      "kubelet-client-key": pkiFile("apiserver-kubelet-client.key"),
      "kubelet-preferred-address-types": "InternalIP,Hostname",
      "proxy-client-cert-file": pkiFile("front-proxy-client.crt"),
      "proxy-client-key-file": pkiFile("front-proxy-client.key"),
      "requestheader-allowed-names": "front-proxy-client",
      "requestheader-client-ca-file": pkiFile("front-proxy-ca.crt"),
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-username-headers": "X-Remote-User",
      "service-account-issuer": `https://kubernetes.default.svc.${network.domain}`,
      "service-account-key-file": pkiFile("service-accounts.pub"),
      "service-account-signing-key-file": pkiFile("service-accounts.key"),
      "service-cluster-ip-range": network.services,
      // It would wait much longer for open watches, which nobody needs.
      "shutdown-delay-duration": "0s",
    }),
    "kube-controller-manager": own("kube-controller-manager", {
      ...accessTo("kube-controller-manager"),
      "allocate-node-cidrs": true,
      "bind-address": "127.0.0.1",
      "client-ca-file": pkiFile("ca.crt"),
      "cluster-cidr": network.pods,
      "cluster-signing-cert-file": pkiFile("ca.crt"),
      "cluster-signing-key-file": pkiFile("ca.key"),
      "leader-elect": false,
      "requestheader-client-ca-file": pkiFile("front-proxy-ca.crt"),
      "root-ca-file": pkiFile("ca.crt"),
      "service-account-private-key-file": pkiFile("service-accounts.key"),
      "service-cluster-ip-range": network.services,
      "use-service-account-credentials": true,
    }),
    "kube-scheduler": own("kube-scheduler", {
      ...accessTo("kube-scheduler"),
      "bind-address": "127.0.0.1",
      "leader-elect": false,
    }),
    "kube-network-policies": own("kube-network-policies", {
      kubeconfig: kubeconfigOf("kube-network-policies"),
      "hostname-override": nodeName,
      "service-cluster-ip-range": network.services,
      "health-addr": "127.0.0.1",
      "health-port": 20244,
      "metrics-port": 0,
      "iptables-sync-period": "1m",
      // Else a new pod is open to all until its policies are in place.
      "netpol-default-deny": true,
      v: 1,
    }),
    kubelet: own(
      "kubelet",
      {
        config: file("kubelet.json"),
        kubeconfig: kubeconfigOf("kubelet"),
        "hostname-override": nodeName,
        "node-ip": network.node,
        "root-dir": join(places.data, "kubelet"),
        "cert-dir": join(places.data, "kubelet-certificates"),
        v: 2,
      },
      file("kubelet.json"),
    ),
    "kube-proxy": own("kube-proxy", { config: file("kube-proxy.json") }, file("kube-proxy.json")),
    volumes: own("volumes", { kubeconfig: kubeconfigOf("volumes"), provisioner, root: volumes }),
  };
}

/** Runs a program on the node's network. It does not change what is mounted, so that all parts see each other's mounts. */
export const onNode = (program: string, args: readonly string[] = []): [string, string[]] => [
  "nsenter",
  [`--net=${networkNamespace}`, "--", program, ...args],
];
