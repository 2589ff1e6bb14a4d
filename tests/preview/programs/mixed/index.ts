import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { Authentication, kubernetes, type Perimeter, SegmentedNetwork } from "../../../../lib";

/** A company's own parts in a network of this library's: the network is in order, not all of the parts are. */
const perimeter: Perimeter = {
  trustDomain: "shop.internal",
  zones: [{ name: "web" }, { name: "store" }],
  workloads: [
    { name: "shop", zone: "web", ports: {} },
    { name: "database", zone: "store", ports: { postgres: 5432 } },
  ],
  flows: [
    {
      from: "shop",
      to: "database",
      port: "postgres",
      authentication: Authentication.Mtls,
      purpose: "Reads and writes orders.",
    },
  ],
  credentials: [],
};
const cluster = new k8s.Provider("cluster", {});
new SegmentedNetwork(
  "shop",
  { platform: kubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }), perimeter },
  { providers: [cluster] },
);

const password = new random.RandomPassword("database", { length: 32 });
const image = `postgres@sha256:${"01234567".repeat(8)}`;
const hardened = { runAsUser: 999, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
const limits = { memory: "512Mi" };
new k8s.apps.v1.StatefulSet(
  "database",
  {
    metadata: { name: "database", namespace: "shop-store" },
    spec: {
      serviceName: "database",
      selector: { matchLabels: { "zero-trust-openclaw/workload": "database" } },
      template: {
        metadata: { labels: { "zero-trust-openclaw/workload": "database" } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: "postgres",
              image,
              env: [{ name: "POSTGRES_PASSWORD", value: password.result }],
              securityContext: hardened,
              resources: { limits },
            },
          ],
        },
      },
    },
  },
  { provider: cluster },
);

const egress = {
  static_resources: {
    listeners: [
      {
        name: "out",
        address: { socket_address: { address: "0.0.0.0", port_value: 8443 } },
        filter_chains: [
          {
            filters: [
              {
                typed_config: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig",
                  port_value: 443,
                },
              },
            ],
          },
        ],
      },
    ],
  },
};
new k8s.core.v1.ConfigMap(
  "egress",
  { metadata: { name: "egress", namespace: "shop-web" }, data: { "envoy.json": JSON.stringify(egress) } },
  { provider: cluster },
);
new k8s.core.v1.Pod(
  "report",
  {
    metadata: { name: "report", namespace: "elsewhere" },
    spec: {
      hostNetwork: true,
      automountServiceAccountToken: false,
      restartPolicy: "Never",
      containers: [
        {
          name: "report",
          image,
          command: ["sh", "-c", "curl -k https://database:5432"],
          securityContext: { ...hardened, capabilities: { add: ["NET_RAW"] } },
          resources: { limits },
        },
      ],
    },
  },
  { provider: cluster },
);

const key = new tls.PrivateKey("shop", { algorithm: "ECDSA" });
const request = new tls.CertRequest("shop", { privateKeyPem: key.privateKeyPem, subject: { commonName: "shop" } });
new tls.LocallySignedCert("shop", {
  certRequestPem: request.certRequestPem,
  caPrivateKeyPem: key.privateKeyPem,
  caCertPem: request.certRequestPem,
  validityPeriodHours: 720,
  allowedUses: ["client_auth"],
});
