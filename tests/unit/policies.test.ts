import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { readExceptions } from "../../policies/exceptions";
import { EXCEPTIONS, policies } from "../../policies/pack";
import { type Props, revealed, UNKNOWN, walk } from "../../policies/readers/values";
import { defaults, type Resource } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import { ruleTable } from "../../policies/table";

const root = join(__dirname, "../..");

function resource(type: string, props: Props, name = "it"): Resource {
  return { type, name, urn: `urn:pulumi:test::shop::${type}::${name}`, props };
}
const kubernetes = (kind: string, props: Props, name?: string, group = "core/v1") =>
  resource(`kubernetes:${group}:${kind}`, { kind, ...props }, name);
const configMap = (data: Props) => kubernetes("ConfigMap", { metadata: { name: "config" }, data });
const openclaw = (gateway: Props, more: Props = {}) =>
  configMap({ "openclaw.json": JSON.stringify({ gateway: { bind: "lan", ...gateway }, ...more }) });
const SAFE: Props = {
  name: "web",
  image: `web@sha256:${"0".repeat(64)}`,
  securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  resources: { limits: { memory: "64Mi" } },
};
const withPod = (pod: Props, spec: Props = {}, kind = "Deployment") =>
  kubernetes(
    kind,
    {
      metadata: { name: "web" },
      spec: {
        ...spec,
        template: {
          metadata: { labels: { app: "web" } },
          spec: { automountServiceAccountToken: false, containers: [SAFE], ...pod },
        },
      },
    },
    "web",
    "apps/v1",
  );
const running = (container: Props, spec: Props = {}, kind?: string) =>
  withPod({ containers: [{ ...SAFE, ...container }] }, spec, kind);
const CLAW = { image: `ghcr.io/openclaw/openclaw@sha256:${"0".repeat(64)}` };
const inDocker = (props: Props) =>
  resource("docker:index/container:Container", {
    name: "web",
    image: `sha256:${"0".repeat(64)}`,
    user: "1000:1000",
    readOnly: true,
    securityOpts: ["no-new-privileges:true"],
    memory: 64,
    ...props,
  });
const policy = (spec: Props) =>
  kubernetes("NetworkPolicy", { metadata: { name: "policy" }, spec }, "policy", "networking.k8s.io/v1");
const ALL = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const out = (...to: Props[]) => policy({ ...ALL, egress: [{ to }] });
const into = (...from: Props[]) => policy({ ...ALL, ingress: [{ from }] });
const service = (spec: Props, name = "web") => kubernetes("Service", { metadata: { name }, spec });
const ingress = (name: string, tls: Props[]) =>
  kubernetes("Ingress", { spec: { tls, defaultBackend: { service: { name } } } }, "in", "networking.k8s.io/v1");
const binding = (roleRef: Props, subject: string) =>
  kubernetes("ClusterRoleBinding", { roleRef, subjects: [{ name: subject }] }, "b", "rbac.authorization.k8s.io/v1");
const role = (rule: Props) => kubernetes("Role", { rules: [rule] }, "r", "rbac.authorization.k8s.io/v1");
const certificate = (spec: Props) => kubernetes("Certificate", { spec }, "c", "cert-manager.io/v1");
const leaf = (props: Props) => resource("tls:index/locallySignedCert:LocallySignedCert", props);
const envoy = (listeners: Props[], clusters: Props[] = []) =>
  configMap({ "envoy.json": JSON.stringify({ static_resources: { listeners, clusters } }) });
const typed = (name: string, more: Props = {}) => ({
  typed_config: { "@type": `type.googleapis.com/envoy.extensions.${name}`, ...more },
});
const at = (address: string) => ({ address: { socket_address: { address, port_value: 443 } } });
const manager = (route: Props, domains = ["*"]) =>
  typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
    http_filters: [typed("filters.http.dynamic_forward_proxy.v3.FilterConfig")],
    route_config: { virtual_hosts: [{ domains, routes: [{ name: "all", route: { cluster: "c" }, ...route }] }] },
  });
const TLS = { transport_socket: typed("transport_sockets.tls.v3.DownstreamTlsContext") };
const listening = (filter: Props, chain: Props = TLS, address = "0.0.0.0") => ({
  name: "in",
  ...at(address),
  filter_chains: [{ filters: [filter], ...chain }],
});
const FIXED = {
  typed_per_filter_config: { "envoy.filters.http.dynamic_forward_proxy": { host_rewrite_literal: "a:443" } },
};
const bySni = typed("filters.network.sni_dynamic_forward_proxy.v3.FilterConfig", { cluster: "c" });
const called = (address: string, tls?: Props) => ({
  name: "c",
  load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: at(address) }] }] },
  ...(tls
    ? { transport_socket: typed("transport_sockets.tls.v3.UpstreamTlsContext", { common_tls_context: tls }) }
    : {}),
});
const anchored = { validation_context: { trusted_ca: { filename: "/ca.pem" } } };
const demo = running({ image: "zero-trust-openclaw/demo-model:0.1.0" });
const scaler = (name: string) =>
  kubernetes("HorizontalPodAutoscaler", { metadata: {}, spec: { scaleTargetRef: { name } } }, "s", "autoscaling/v2");
const account = (props: Props) => kubernetes("ServiceAccount", { metadata: { name: "web" }, ...props });
const behindProxy = { auth: { mode: "trusted-proxy" } };
const PLACEHOLDER = "$".concat("{TOKEN}");
// Not a real one.
const PEM = "-----BEGIN EC PRIVATE KEY-----";

/** Of each rule: stacks it finds fault with, and what it says then; and stacks it does not. */
const CASES: Record<string, { bad: [says: string, ...stack: Resource[]][]; good: Resource[][] }> = {
  "openclaw-device-auth": {
    bad: [
      ["dangerouslyDisableDeviceAuth", openclaw({ controlUi: { dangerouslyDisableDeviceAuth: true } })],
      [
        'data["openclaw.json"]',
        kubernetes("Secret", {
          data: {
            "openclaw.json": Buffer.from(
              "{ // as people write it\n gateway: { controlUi: { dangerouslyDisableDeviceAuth: true, }, }, }",
            ).toString("base64"),
          },
        }),
      ],
      [
        'upload "/etc/openclaw.json"',
        inDocker({
          uploads: [
            { file: "/etc/openclaw.json", content: '{"gateway":{"controlUi":{"dangerouslyDisableDeviceAuth":true}}}' },
          ],
        }),
      ],
      [
        "values.config",
        kubernetes(
          "Release",
          { values: { config: { gateway: { controlUi: { dangerouslyDisableDeviceAuth: true } } } } },
          "claw",
          "helm.sh/v3",
        ),
      ],
    ],
    good: [[openclaw({ controlUi: { enabled: true } })], [configMap({ "openclaw.json": "no JSON", other: "gateway" })]],
  },
  "openclaw-insecure-auth": {
    bad: [
      ["allowInsecureAuth", openclaw({ controlUi: { allowInsecureAuth: true } })],
      ["auth.mode is none", openclaw({ auth: { mode: "none" } })],
    ],
    good: [[openclaw(behindProxy)]],
  },
  "openclaw-wildcard-origin": {
    bad: [
      ['"https://*.example.com"', openclaw({ controlUi: { allowedOrigins: ["https://*.example.com"] } })],
      ["HostHeader", openclaw({ controlUi: { dangerouslyAllowHostHeaderOriginFallback: true } })],
    ],
    good: [[openclaw({ controlUi: { allowedOrigins: ["https://claw.example.com"] } })]],
  },
  "openclaw-trusted-proxies": {
    bad: [
      ['"10.0.0.0/24"', openclaw({ trustedProxies: ["10.0.0.7", "10.0.0.0/24"] })],
      ['"fd00::/64"', openclaw({ trustedProxies: ["fd00::/64"] })],
      ['"proxy"', openclaw({ trustedProxies: ["proxy"] })],
      ["allowRealIpFallback", openclaw({ allowRealIpFallback: true })],
    ],
    good: [[openclaw({ trustedProxies: ["10.0.0.7", "10.0.0.8/32", "fd00::1/128"] })]],
  },
  "openclaw-shared-token": {
    bad: [
      ["gateway.auth.token", openclaw({ auth: { mode: "trusted-proxy", token: "x" } })],
      [
        "OPENCLAW_GATEWAY_TOKEN",
        openclaw(behindProxy),
        running({ ...CLAW, env: [{ name: "OPENCLAW_GATEWAY_TOKEN", valueFrom: {} }] }),
      ],
    ],
    good: [[openclaw(behindProxy), running(CLAW)], [openclaw({ auth: { mode: "token", token: "x" } })]],
  },
  "openclaw-replicas": {
    bad: [
      ["2 replicas", running(CLAW, { replicas: 2 })],
      ["DaemonSet", running(CLAW, {}, "DaemonSet")],
      ['scales "web"', running({ env: [{ name: "OPENCLAW_STATE_DIR", value: "/state" }] }), scaler("web")],
    ],
    good: [
      [running(CLAW, { replicas: 1 }), scaler("other")],
      [running({}, { replicas: 2 }), scaler("web")],
    ],
  },
  "openclaw-egress": {
    bad: [
      ["no NetworkPolicy", running(CLAW), policy({ podSelector: {}, policyTypes: ["Ingress"] })],
      ["any host", running(CLAW), out({ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } })],
      ["any host", running(CLAW), out()],
    ],
    good: [
      [running(CLAW), out({ podSelector: { matchLabels: { app: "egress" } } })],
      [running({}), out()],
    ],
  },
  "openclaw-config-readable": {
    bad: [["no JSON5", configMap({ "openclaw.json": "{{ .Values.config }}" })]],
    good: [[openclaw({})]],
  },
  "demo-parts": {
    bad: [["https://claw.example.com", demo, openclaw({ publicOrigin: "https://claw.example.com" })]],
    good: [
      [demo, openclaw({ publicOrigin: "https://localhost:8443" })],
      [running({}), openclaw({ publicOrigin: "https://claw.example.com" })],
    ],
  },
  "image-digest": {
    bad: [
      ['"web:1"', running({ image: "web:1" })],
      ['"tools"', withPod({ initContainers: [{ ...SAFE, image: "tools" }] })],
      ['"web:1"', resource("docker:index/remoteImage:RemoteImage", { name: "web:1" })],
    ],
    good: [[running({}), inDocker({})]],
  },
  "egress-allow-list": {
    bad: [
      ['route "all"', envoy([listening(manager({}))])],
      ['route "all"', envoy([listening(manager({}, ["*.example.com"]))])],
      ["any host", envoy([listening(bySni, {})])],
      ["any host", envoy([{ name: "in", ...at("0.0.0.0"), default_filter_chain: { filters: [bySni] } }])],
      ["any host", envoy([listening(bySni, { filter_chain_match: { server_names: ["*.example.com"] } })])],
      ["whatever address", envoy([], [{ name: "c", type: "ORIGINAL_DST" }])],
      [
        "any host",
        configMap({
          "envoy.yaml":
            "static_resources:\n  listeners:\n  - name: in\n    filter_chains:\n    - filters:\n      - typed_config:\n          '@type': type.googleapis.com/envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig\n",
        }),
      ],
    ],
    good: [
      [
        envoy([
          listening(manager(FIXED)),
          listening(manager({}, ["a.example.com"])),
          listening(bySni, { filter_chain_match: { server_names: ["a.example.com"] } }),
        ]),
      ],
    ],
  },
  "egress-private-range": {
    bad: [
      ["10.0.0.0/8, 172.16.0.0/12", out({ ipBlock: { cidr: "0.0.0.0/0" } })],
      ["169.254.0.0/16", out({ ipBlock: { cidr: "169.254.169.254/32" } })],
      ["opens the way to 10.0.0.0/8;", out({ ipBlock: { cidr: "10.1.0.0/16" } })],
    ],
    good: [
      [
        out({
          ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"] },
        }),
      ],
      [out({ ipBlock: { cidr: "10.0.0.1/32" } }), into({ ipBlock: { cidr: "10.0.0.0/8" } })],
    ],
  },
  "network-policy-missing": {
    bad: [
      ["Ingress or Egress", running({})],
      ["type Egress", running({}), policy({ podSelector: { matchLabels: { app: "web" } } })],
      ["Ingress or Egress", running({}), policy({ ...ALL, podSelector: { matchLabels: { app: "other" } } })],
      [
        "Ingress or Egress",
        running({}),
        kubernetes("NetworkPolicy", { metadata: { namespace: "elsewhere" }, spec: ALL }, "p", "networking.k8s.io/v1"),
      ],
      [
        "Ingress or Egress",
        running({}),
        policy({ ...ALL, podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] } }),
      ],
    ],
    good: [
      [running({}), policy(ALL)],
      [running({}), policy({ ...ALL, podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } })],
      [inDocker({})],
    ],
  },
  "network-policy-open": {
    bad: [
      ["no from", into()],
      ["no to", out()],
      ["all pods", into({ namespaceSelector: {} })],
      ["everybody from 0.0.0.0/0", into({ ipBlock: { cidr: "0.0.0.0/0" } })],
    ],
    good: [
      [
        policy(ALL),
        into({ podSelector: {} }),
        out({ namespaceSelector: {}, podSelector: { matchLabels: { a: "b" } } }),
      ],
      [
        policy({
          podSelector: { matchLabels: { "zero-trust-openclaw/workload": "edge" } },
          ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }],
        }),
      ],
    ],
  },
  "exposed-service": {
    bad: [
      ["NodePort", service({ type: "NodePort" })],
      ["LoadBalancer", service({ type: "LoadBalancer" })],
      ["externalIPs", service({ externalIPs: ["192.0.2.1"] })],
      ['"openclaw"', ingress("openclaw", [])],
    ],
    good: [[service({}), service({ type: "LoadBalancer" }, "edge"), ingress("edge-entrance", [])]],
  },
  "published-port": {
    bad: [
      ["port 18789", inDocker({ ports: [{ internal: 18789, external: 18789 }] })],
      ["all its ports", inDocker({ publishAllPorts: true })],
    ],
    good: [
      [inDocker({ labels: [{ label: "zero-trust-openclaw.workload", value: "edge" }], ports: [{ internal: 443 }] })],
      [inDocker({})],
    ],
  },
  "tls-verification": {
    bad: [
      ["NODE_TLS_REJECT_UNAUTHORIZED=0", running({ env: [{ name: "NODE_TLS_REJECT_UNAUTHORIZED", value: "0" }] })],
      ["VAULT_SKIP_VERIFY", inDocker({ envs: ["VAULT_SKIP_VERIFY=true"] })],
      ["--insecure-skip-tls-verify", running({ args: ["--insecure-skip-tls-verify"] })],
      ["curl -sk", running({ command: ["sh", "-c", "curl -sk https://a"] })],
      ["insecure_skip_verify: true", configMap({ "prometheus.yml": "tls_config:\n  insecure_skip_verify: true" })],
      [
        "ACCEPT_UNTRUSTED",
        envoy([], [called("10.0.0.1", { validation_context: { trust_chain_verification: "ACCEPT_UNTRUSTED" } })]),
      ],
      ['cluster "c"', envoy([], [called("10.0.0.1", {})])],
    ],
    good: [
      [running({ env: [{ name: "NODE_TLS_REJECT_UNAUTHORIZED", value: "1" }], args: ["--insecure=false", "-k"] })],
      [envoy([], [called("10.0.0.1", anchored)]), configMap({ "a.yml": "insecure_skip_verify: false" })],
    ],
  },
  "plain-http": {
    bad: [
      ['listener "in"', envoy([listening(manager(FIXED), {})])],
      ['cluster "c"', envoy([], [called("10.0.0.1")])],
      ["models.providers.a.baseUrl", openclaw({}, { models: { providers: { a: { baseUrl: "http://model:80/v1" } } } })],
      ["ISSUER", running({ env: [{ name: "ISSUER", value: "http://login.example.com" }] })],
      ["add spec.tls", ingress("edge", [])],
    ],
    good: [
      [envoy([listening(manager(FIXED)), listening(manager(FIXED), {}, "127.0.0.1")], [called("127.0.0.1")])],
      [envoy([listening(bySni, { filter_chain_match: { server_names: ["a"] } })], [called("10.0.0.1")])],
      [openclaw({}, { models: { providers: { a: { baseUrl: "http://127.0.0.1:9000" } } } })],
      [ingress("edge", [{ secretName: "tls" }]), running({ env: [{ name: "A", value: "https://a" }] })],
    ],
  },
  "leaf-lifetime": {
    bad: [
      ["720 hours; 24", leaf({ validityPeriodHours: 720 })],
      ["2160 hours", certificate({})],
      ["24.5 hours", certificate({ duration: "24h30m" })],
      ["grants 48 hours", configMap({ "ca.json": '{"maxTLSCertDuration": "48h"}' })],
    ],
    good: [
      [leaf({ validityPeriodHours: 24 }), leaf({ validityPeriodHours: 8760, isCaCertificate: true })],
      [certificate({ duration: "24h0m0s" }), certificate({ duration: "8760h", isCA: true })],
      [certificate({ duration: "24h0m0.5s" }), certificate({ duration: "23h59m59.999999999s" })],
    ],
  },
  "secret-in-environment": {
    bad: [
      ["OPENAI_API_KEY", running({ env: [{ name: "OPENAI_API_KEY", value: "anything" }] })],
      ["DB_PASSWORD", running({ env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "s" } } }] })],
      ['"all"', running({ envFrom: [{ secretRef: { name: "all" } }] })],
      ["DATABASE", inDocker({ envs: ["DATABASE=postgres://shop:geheim@db/shop"] })],
    ],
    good: [
      [
        running({
          env: [
            { name: "DB_PASSWORD_FILE", value: "/run/db" },
            { name: "CLIENT_SECRET", value: "/run/secret" },
            { name: "REQUIRE_TOKEN", value: "true" },
            { name: "TOKEN_URL", value: "https://a" },
          ],
        }),
      ],
    ],
  },
  "secret-in-plain-text": {
    bad: [
      ["token is there for all", openclaw({ auth: { token: "geheim" } })],
      ["a private key", configMap({ "tls.pem": PEM })],
      ["client_secret", configMap({ "oauth.yaml": "client_secret: geheim" })],
      ["API_KEY", configMap({ env: "A=1\nAPI_KEY=geheim" })],
      ["client-secret", running({ args: ["--client-secret=geheim"] })],
      ["label or annotation", service({}, "a"), kubernetes("Service", { metadata: { annotations: { a: PEM } } })],
    ],
    good: [
      [openclaw({ auth: { token: PLACEHOLDER } }), running({ args: ["--client-secret-file=/run/a"] })],
      [kubernetes("Secret", { stringData: { password: "geheim", "tls.key": PEM } })],
      [configMap({ "app.yaml": `tokenUrl: https://a\npassword: ${PLACEHOLDER}` })],
    ],
  },
  "privileged-container": {
    bad: [
      ["is privileged", running({ securityContext: { privileged: true, allowPrivilegeEscalation: false } })],
      ["may gain rights", running({ securityContext: {} })],
      ["no-new-privileges", inDocker({ securityOpts: [] })],
      ["is privileged", inDocker({ privileged: true })],
    ],
    good: [[running({}), inDocker({})]],
  },
  "root-container": {
    bad: [
      ["runs as root", running({ securityContext: {} })],
      ["runs as root", running({ securityContext: { runAsUser: 0, runAsNonRoot: true } })],
      ["runs as root", inDocker({ user: "0:0" })],
      ["runs as root", inDocker({ user: undefined })],
      [
        "runs as root",
        kubernetes("CronJob", { spec: { jobTemplate: { spec: { template: { spec: { containers: [{}] } } } } } }),
      ],
    ],
    good: [
      [running({}), inDocker({}), running({ securityContext: { runAsNonRoot: true } })],
      [withPod({ securityContext: { runAsUser: 1000 }, containers: [{ name: "web" }] })],
    ],
  },
  "writable-root": {
    bad: [
      ["can write", running({ securityContext: {} })],
      ["can write", inDocker({ readOnly: false })],
    ],
    good: [[running({}), inDocker({})]],
  },
  "added-capabilities": {
    bad: [
      ["NET_ADMIN", running({ securityContext: { capabilities: { add: ["NET_ADMIN"] } } })],
      ["CAP_CHOWN", inDocker({ capabilities: { adds: ["CAP_CHOWN"] } })],
    ],
    good: [[running({ securityContext: { capabilities: { drop: ["ALL"] } } }), inDocker({})]],
  },
  "host-access": {
    bad: [
      ["hostNetwork", withPod({ hostNetwork: true })],
      ["hostPID", withPod({ hostPID: true })],
      ["hostIPC", withPod({ hostIPC: true })],
      ["/etc of the node", withPod({ volumes: [{ name: "a", hostPath: { path: "/etc" } }] })],
      ["port 80 of the node", running({ ports: [{ hostPort: 80 }] })],
      ["networkMode", inDocker({ networkMode: "host" })],
      ["/etc of the machine", inDocker({ volumes: [{ hostPath: "/etc", containerPath: "/etc" }] })],
      ["/srv of the machine", inDocker({ mounts: [{ type: "bind", source: "/srv" }] })],
      ["/dev/kvm", inDocker({ devices: [{ hostPath: "/dev/kvm" }] })],
    ],
    good: [
      [withPod({ volumes: [{ name: "a", emptyDir: {} }] }), running({ ports: [{ containerPort: 80 }] })],
      [inDocker({ networkMode: "container:1", volumes: [{ volumeName: "v", containerPath: "/v" }] })],
    ],
  },
  "docker-socket": {
    bad: [
      ["/var/run/docker.sock", withPod({ volumes: [{ hostPath: { path: "/var/run/docker.sock" } }] })],
      ["/run/containerd", withPod({ volumes: [{ hostPath: { path: "/run/containerd" } }] })],
      ["/var/run", inDocker({ volumes: [{ hostPath: "/var/run" }] })],
      ["/var/run/docker.sock", inDocker({ mounts: [{ type: "bind", source: "/var/run/docker.sock" }] })],
    ],
    good: [[inDocker({ volumes: [{ hostPath: "/srv/run" }] }), withPod({ volumes: [{ hostPath: { path: "/etc" } }] })]],
  },
  "service-account-token": {
    bad: [
      ["automountServiceAccountToken", withPod({ automountServiceAccountToken: true })],
      ["automountServiceAccountToken", withPod({ automountServiceAccountToken: undefined })],
      [
        "automountServiceAccountToken",
        withPod({ automountServiceAccountToken: undefined, serviceAccountName: "web" }),
        account({}),
      ],
      ["audience", withPod({ volumes: [{ projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }] })],
    ],
    good: [
      [withPod({})],
      [
        withPod({ automountServiceAccountToken: undefined, serviceAccountName: "web" }),
        account({ automountServiceAccountToken: false }),
      ],
      [withPod({ volumes: [{ projected: { sources: [{ serviceAccountToken: { audience: "vault" } }] } }] })],
    ],
  },
  "container-limits": {
    bad: [
      ["memory", running({ resources: { limits: { cpu: "1" } } })],
      ["memory", inDocker({ memory: 0 })],
    ],
    good: [[running({}), inDocker({})]],
  },
  "cluster-admin": {
    bad: [
      ["cluster-admin", binding({ name: "cluster-admin" }, "helm")],
      ["anybody", binding({ name: "view" }, "system:unauthenticated")],
    ],
    good: [[binding({ name: "view" }, "bob"), binding({ name: "view-cluster-admin" }, "bob")]],
  },
  "wildcard-rights": {
    bad: [
      ["all verbs", role({ verbs: ["*"], resources: ["pods"] })],
      ["all resources", role({ verbs: ["get"], resources: ["*"] })],
    ],
    good: [[role({ verbs: ["get"], resources: ["pods"] })]],
  },
};

const ruleOf = (id: string) => RULES.find((one) => one.id === id) as (typeof RULES)[number];

function findings(id: string, stack: Resource[], settings: object = {}): string[] {
  const rule = ruleOf(id);
  const all = { ...defaults(rule), ...settings };
  if ("check" in rule) return stack.flatMap((one) => rule.check(one, all));
  return rule.checkStack(stack, all).map(({ message }) => message);
}

test("every rule has cases, and says what it is for", () => {
  expect(Object.keys(CASES)).toEqual(RULES.map(({ id }) => id));
  expect(readdirSync(join(root, "policies/rules")).sort()).toEqual(
    [...RULES.map(({ id }) => `${id}.ts`), "index.ts"].sort(),
  );
  for (const { controls } of RULES) {
    expect(controls.sp800207.every((tenet) => tenet >= 1 && tenet <= 7)).toBe(true);
    expect([controls.sp800207, controls.sp80053, controls.iso27001].map((some) => some.length > 0)).not.toContain(
      false,
    );
    for (const control of controls.sp80053) expect(control).toMatch(/^[A-Z]{2}-\d+(\(\d+\))?$/);
    for (const control of controls.iso27001) expect(control).toMatch(/^A\.[58]\.\d+$/);
  }
});

describe.each(Object.entries(CASES))("%s", (id, { bad, good }) => {
  test.each(bad.map(([says, ...stack], i) => [i + 1, says, stack] as const))("finds fault %d: %s", (_, says, stack) => {
    expect(findings(id, stack).join("\n")).toContain(says);
  });
  test.each(good.map((stack, i) => [i + 1, stack] as const))("finds none in case %d", (_, stack) => {
    expect(findings(id, stack)).toEqual([]);
  });
});

test.each([
  ["leaf-lifetime", { maxHours: 720 }, leaf({ validityPeriodHours: 720 })],
  ["container-limits", { resources: [] }, running({ resources: {} })],
  ["exposed-service", { edge: ["web"] }, service({ type: "NodePort" })],
  ["egress-private-range", { allowed: ["10.0.0.0/8"] }, out({ ipBlock: { cidr: "10.1.0.0/16" } })],
  ["demo-parts", { images: [] }, demo],
])("%s can be set to allow more", (id, settings, one) => {
  const stack = [one, openclaw({ publicOrigin: "https://claw.example.com" })];
  expect(findings(id, stack)).not.toEqual([]);
  expect(findings(id, stack, settings)).toEqual([]);
});

/** As the engine's library hands out properties of which it does not know some: reading those throws. */
function unknownAt(props: Props, way: string[]): Props {
  const [key = "", ...rest] = way;
  const copy = (Array.isArray(props) ? [...props] : { ...props }) as Props;
  const below = copy[key] as Props;
  Object.defineProperty(copy, key, {
    enumerable: true,
    get: () => {
      if (rest.length === 0) throw new Error("string value can't be known during preview");
      return unknownAt(below, rest);
    },
  });
  return copy;
}

const everyBad = Object.entries(CASES).flatMap(([id, { bad }]) => bad.map(([, ...stack]) => ({ id, stack })));

test("no rule fails on a value that is not known yet, wherever that is", () => {
  const tried = new Set<string>();
  for (const { id, stack } of everyBad)
    for (const [i, one] of stack.entries())
      walk(one.props, (_, way) => {
        const place = [id, one.type, ...way].join(" ");
        if (way.length === 0 || tried.has(place)) return;
        tried.add(place);
        const props = revealed(unknownAt(one.props, way));
        findings(id, stack.with(i, { ...one, props }));
      });
  expect(tried.size).toBeGreaterThan(500);
});

test("what is not known is no fault", () => {
  const hidden = { containers: [{ ...SAFE, image: UNKNOWN, securityContext: UNKNOWN, resources: UNKNOWN }] };
  for (const id of ["image-digest", "privileged-container", "root-container", "writable-root", "container-limits"])
    expect([id, findings(id, [withPod(hidden)])]).toEqual([id, []]);
  expect(findings("network-policy-open", [policy({ ...ALL, ingress: [{ from: UNKNOWN }] })])).toEqual([]);
  expect(findings("secret-in-environment", [running({ env: [{ name: "PORT", value: UNKNOWN }] })])).toEqual([]);
  // A password that is made with the deployment.
  expect(findings("secret-in-environment", [running({ env: [{ name: "PASSWORD", value: UNKNOWN }] })])).toHaveLength(1);
});

test("secrets are looked into, and never said", () => {
  const MARK = "4dabf18193072939515e22adb298388d";
  const secret = (value: unknown): unknown => ({ [MARK]: "1b47061264138c4ac30d75fd1eb44270", value });
  for (const { id, stack } of everyBad) {
    const wrapped = stack.map((one) => ({
      ...one,
      props: revealed(Object.fromEntries(Object.entries(one.props).map(([key, value]) => [key, secret(value)]))),
    }));
    expect(findings(id, wrapped)).toEqual(findings(id, stack));
    expect(findings(id, stack).join("\n")).not.toMatch(/geheim|PRIVATE KEY/);
  }
});

describe("exceptions", () => {
  const good = {
    rule: "root-container",
    resource: "legacy-*",
    reason: "It is replaced in May.",
    expires: "2027-05-31",
  };
  const read = (...entries: unknown[]) =>
    readExceptions(
      entries,
      RULES.map(({ id }) => id),
      "2027-05-31",
    );
  const urn = "urn:pulumi:test::shop::t::legacy-web";

  test("holds for its rule and its resources, until its day is over", () => {
    const { problems, covers } = read(good);
    expect(problems).toEqual([]);
    expect(covers("root-container", { urn, name: "legacy-web" })).toBe(true);
    expect(covers("writable-root", { urn, name: "legacy-web" })).toBe(false);
    expect(covers("root-container", { urn: "urn:other", name: "web" })).toBe(false);
    expect(read({ ...good, resource: urn }).covers("root-container", { urn, name: "legacy-web" })).toBe(true);
  });

  test.each([
    ["gives no reason", { reason: undefined }],
    ["gives no reason", { reason: "  " }],
    ["has no date", { expires: undefined }],
    ["has no date", { expires: "31.05.2028" }],
    ["has no date", { expires: "2028-02-30" }],
    ["ended on 2027-05-30", { expires: "2027-05-30" }],
    ['no rule "root-contaner"; did you mean', { rule: "root-contaner" }],
    ["names no rule", { rule: 7 }],
    ["names no resource", { resource: undefined }],
    ['"*" is every resource', { resource: "*" }],
    ['unknown key "until"', { until: "2028-01-01" }],
  ])("%s", (says, change) => {
    const { problems, covers } = read({ ...good, ...change });
    expect(problems.join("\n")).toMatch(/^exception 1: /);
    expect(problems.join("\n")).toContain(says);
    expect(covers("root-container", { urn, name: "legacy-web" })).toBe(false);
  });

  test("a list that is none, and an entry that is none", () => {
    expect(readExceptions({}, [], "2027-01-01").problems.join()).toContain("no list");
    expect(read("root-container").problems.length).toBeGreaterThan(0);
  });

  /** As the engine calls them: each policy for each resource, then those for stacks. */
  function engine(accepted: unknown, stack: Resource[], today: string): string[] {
    const config = (name: string) => (name === EXCEPTIONS ? { accepted } : {});
    const said: string[] = [];
    const call = (name: string, one?: Resource) =>
      ({ ...one, resources: stack, getConfig: () => config(name) }) as unknown as ResourceValidationArgs;
    const all = policies(RULES, () => today);
    for (const one of [resource("pulumi:pulumi:Stack", {}), ...stack])
      for (const policy of all as ResourceValidationPolicy[])
        for (const validate of [policy.validateResource ?? []].flat())
          validate(call(policy.name, one), (message) => void said.push(`${policy.name}: ${message}`));
    for (const policy of all as StackValidationPolicy[])
      policy.validateStack?.(call(policy.name) as never, (message) => void said.push(`${policy.name}: ${message}`));
    return said;
  }

  const stack = [{ ...running({ securityContext: {} }), name: "legacy-web" }];
  const rules = (said: string[]) => [...new Set(said.map((one) => one.split(":")[0]))];

  test("except in the pack until they end, and are a fault of their own then", () => {
    const missing = { ...good, rule: "network-policy-missing" };
    const before = rules(engine([], stack, "2027-05-31"));
    expect(before).toEqual(["privileged-container", "root-container", "writable-root", "network-policy-missing"]);
    expect(rules(engine([good, missing], stack, "2027-05-31"))).toEqual(["privileged-container", "writable-root"]);
    expect(rules(engine([good, missing], stack, "2027-06-01"))).toEqual([EXCEPTIONS, ...before]);
    const twice = engine([good], stack, "2027-06-01").filter((one) => one.startsWith(EXCEPTIONS));
    expect(twice).toHaveLength(1);
  });

  test.each(readdirSync(join(root, "policies/config")))("%s is in order", (file) => {
    const config = JSON.parse(readFileSync(join(root, "policies/config", file), "utf8"));
    expect(Object.keys(config)).toEqual([EXCEPTIONS]);
    expect(
      readExceptions(
        config.exceptions.accepted,
        RULES.map(({ id }) => id),
        "2026-12-01",
      ).problems,
    ).toEqual([]);
  });
});

test("the documentation lists the rules as they are", () => {
  const file = join(root, "docs/policies.md");
  const [before = "", , after = ""] = readFileSync(file, "utf8").split(/<!-- rules -->\n|<!-- end of rules -->\n/);
  const expected = `${before}<!-- rules -->\n${ruleTable(RULES)}\n<!-- end of rules -->\n${after}`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, expected);
  expect(readFileSync(file, "utf8")).toBe(expected);
});
