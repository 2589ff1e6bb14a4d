/** What runs in the cluster from the start: names, certificates, storage, and the rights of what enforces network policies. Pure descriptions. */
import { createHash } from "node:crypto";
import { provisioner } from "./configuration";
import type { Manifest } from "./kubectl";
import { network, ownImages } from "./layout";

const rbac = "rbac.authorization.k8s.io";
const dnsLabels = { "k8s-app": "kube-dns" };
const certManagerLabels = { app: "cert-manager" };
/** Not the port that needs a right; policies see this one, behind the service's. */
export const dnsPort = 1053;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const reads = ["get", "list", "watch"];

/** A role of the whole cluster and who has it. */
function granted(name: string, subject: Manifest, rules: readonly Rule[]): Manifest[] {
  return [{ apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules }, binding(name, name, subject)];
}

const binding = (name: string, role: string, subject: Manifest): Manifest => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
  subjects: [subject],
});

const user = (name: string): Manifest => ({ apiGroup: rbac, kind: "User", name });
const account = (name: string, namespace: string): Manifest => ({ kind: "ServiceAccount", name, namespace });

const networkPolicies = granted("kube-router", user("kube-router"), [
  { apiGroups: [""], resources: ["namespaces", "pods", "services", "nodes", "endpoints"], verbs: reads },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: reads },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: reads },
]);

const storage: Manifest[] = [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  },
  binding("local-volumes", "system:persistent-volume-provisioner", user("local-volumes")),
  ...granted("local-volumes-nodes", user("local-volumes"), [{ apiGroups: [""], resources: ["nodes"], verbs: reads }]),
];

/** As the profile `restricted` wants it, and nothing to write to. */
const podSecurity = { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } };
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

const get = (path: string, port: number): Manifest => ({
  httpGet: { path, port },
  periodSeconds: 1,
  timeoutSeconds: 3,
  failureThreshold: 10,
});

/** Whatever is not of this cluster does not exist: there is nobody to ask. */
const corefile = `${network.domain}:${dnsPort} in-addr.arpa:${dnsPort} {
    errors
    health :8080 {
        lameduck 2s
    }
    ready :8181
    kubernetes ${network.domain} in-addr.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    loadbalance
}

.:${dnsPort} {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;

const dns: Manifest[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: "kube-system" } },
  ...granted("system:coredns", account("coredns", "kube-system"), [
    { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ]),
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: "kube-system" },
    data: { Corefile: corefile },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: "kube-system", labels: dnsLabels },
    spec: {
      replicas: 1,
      selector: { matchLabels: dnsLabels },
      template: {
        // It reads its configuration once.
        metadata: { labels: dnsLabels, annotations: { "zero-trust-openclaw/configuration": digest(corefile) } },
        spec: {
          serviceAccountName: "coredns",
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          securityContext: podSecurity,
          containers: [
            {
              name: "coredns",
              image: ownImages.dns,
              imagePullPolicy: "IfNotPresent",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [
                { name: "dns", containerPort: dnsPort, protocol: "UDP" },
                { name: "dns-tcp", containerPort: dnsPort, protocol: "TCP" },
              ],
              readinessProbe: get("/ready", 8181),
              livenessProbe: get("/health", 8080),
              resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "170Mi" } },
              securityContext: containerSecurity,
              volumeMounts: [{ name: "configuration", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "configuration", configMap: { name: "coredns" } }],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system", labels: dnsLabels },
    spec: {
      selector: dnsLabels,
      clusterIP: network.dns,
      ports: [
        { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
        { name: "dns-tcp", port: 53, targetPort: "dns-tcp", protocol: "TCP" },
      ],
    },
  },
];

const everything = ["get", "list", "watch", "create", "update", "patch", "delete"];

const certManager: Manifest[] = [
  {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "cert-manager", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "cert-manager", namespace: "cert-manager" } },
  // What the official roles of these controllers come to, of CA and self-signed issuers.
  ...granted("cert-manager", account("cert-manager", "cert-manager"), [
    {
      apiGroups: ["cert-manager.io"],
      resources: [
        ...["certificates", "certificates/status", "certificates/finalizers"],
        ...["certificaterequests", "certificaterequests/status", "certificaterequests/finalizers"],
        ...["issuers", "issuers/status", "clusterissuers", "clusterissuers/status"],
      ],
      verbs: everything,
    },
    {
      apiGroups: ["cert-manager.io"],
      resources: ["signers"],
      verbs: ["approve"],
    },
    { apiGroups: ["acme.cert-manager.io"], resources: ["orders", "challenges"], verbs: reads },
    { apiGroups: [""], resources: ["secrets"], verbs: everything },
    { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
  ]),
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cert-manager", namespace: "cert-manager", labels: certManagerLabels },
    spec: {
      replicas: 1,
      // Two of them would both answer every request: leader election is off.
      strategy: { type: "Recreate" },
      selector: { matchLabels: certManagerLabels },
      template: {
        metadata: { labels: certManagerLabels },
        spec: {
          serviceAccountName: "cert-manager",
          securityContext: podSecurity,
          containers: [
            {
              name: "cert-manager",
              image: ownImages.certManager,
              imagePullPolicy: "IfNotPresent",
              args: ["--cluster-resource-namespace=cert-manager"],
              resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
              securityContext: containerSecurity,
            },
          ],
        },
      },
    },
  },
];

/** What the parts of the node outside of pods may do; they wait for it. */
export const rights: readonly Manifest[] = [...networkPolicies, ...storage];
export const workloads: readonly Manifest[] = [...dns, ...certManager];

/** Deployments that must be ready, as namespace and name. */
export const deployments = [
  ["kube-system", "coredns"],
  ["cert-manager", "cert-manager"],
] as const;
