import type * as pulumi from "@pulumi/pulumi";
import { type KubernetesArgs, kubernetes, ZeroTrustOpenClaw, type ZeroTrustOpenClawArgs } from "../../lib";
import { sharedIssuerRules } from "../../lib/platforms/kubernetes/admission-shared";
import { COMPANY_ROOT } from "../support/company-root";
import {
  containerOf,
  containersOf,
  inCluster,
  kindOf,
  type Meta,
  meta,
  named,
  ofKind,
  type Probe,
  podOf,
  type Running,
  running,
  spec,
} from "./support/kubernetes";
import { autonamed, type Recorded, record } from "./support/mocks";

const API_SERVER = { addresses: ["10.0.0.1/32"] };

const DEMO: ZeroTrustOpenClawArgs = {
  platform: kubernetes({ apiServer: API_SERVER, entrance: { kind: "node-port", nodePort: 30843 } }),
  publicUrl: "https://localhost:30843",
  roles: { operator: { groups: ["operators"] } },
  demo: { users: [{ email: "bob@example.com", name: "Bob", groups: ["operators"] }] },
};

const COMPANY: ZeroTrustOpenClawArgs = {
  platform: kubernetes({
    apiServer: API_SERVER,
    prefix: "claw",
    existingNamespaces: { egress: "their-egress" },
    replicas: { "trust-controller": 2, edge: 3, guard: 2 },
    autoscale: { egress: { min: 2, max: 5 } },
    storageClass: "fast",
    runtimeClassName: "gvisor",
    imagePullSecrets: ["registry"],
    labels: { team: "assistants" },
  }),
  publicUrl: "https://openclaw.example.com",
  roles: { operator: { groups: ["operators"] } },
  identityProvider: {
    issuer: "https://login.example.com",
    clientId: "openclaw",
    clientSecret: "random of the company's client",
    endpoints: {
      authorization: "https://login.example.com/auth",
      token: "https://login.example.com/token",
      jwks: "https://login.example.com/jwks",
    },
  },
  models: [{ provider: "openai", apiKey: "random of the company's model" }],
};

let demo: Recorded[];
let company: Recorded[];

describe("a deployment on Kubernetes", () => {
  let both: [string, Recorded[]][];
  beforeAll(async () => {
    demo = await record(() => new ZeroTrustOpenClaw("assistant", DEMO));
    company = await record(() => new ZeroTrustOpenClaw("assistant", COMPANY));
    both = [
      ["demo", demo],
      ["company", company],
    ];
  });

  test("each workload of the perimeter runs once, those with state in a StatefulSet", () => {
    const names = (all: Recorded[], kind: string) =>
      ofKind(all, kind)
        .map((one) => meta(one).name)
        .sort();
    expect(names(demo, "Deployment")).toEqual([
      "demo-model",
      "edge",
      "egress",
      "guard",
      "identity-provider",
      "trust-controller",
    ]);
    expect(names(company, "Deployment")).toEqual(["edge", "egress", "guard", "trust-controller"]);
    for (const [, all] of both) expect(names(all, "StatefulSet")).toEqual(["openclaw"]);
  });

  test("pods and the way in wait for every namespace and policy, all else for the namespace it is in", async () => {
    const made: { resource: pulumi.Resource; kind: string; metadata: Meta; after: pulumi.Resource[] }[] = [];
    const note: pulumi.ResourceTransformation = ({ resource, type, props, opts }) => {
      const [platform, , kind = ""] = type.split(":");
      const after = (opts.dependsOn as pulumi.Resource[] | undefined) ?? [];
      if (platform === "kubernetes") made.push({ resource, kind, metadata: props.metadata, after });
      return undefined;
    };
    await record(() => new ZeroTrustOpenClaw("assistant", COMPANY, { transformations: [note] }));
    const namespaces = made.filter(({ kind }) => kind === "Namespace");
    const policies = made.filter(({ kind }) => kind === "NetworkPolicy");
    const waiting = made.filter(({ after }) => policies.some(({ resource }) => after.includes(resource)));
    expect(namespaces.length).toBeGreaterThan(3);
    expect(waiting.map(({ kind }) => kind).sort()).toEqual([
      ...["Deployment", "Deployment", "Deployment", "Deployment", "Service", "StatefulSet"],
    ]);
    for (const { after } of waiting)
      expect([...namespaces, ...policies].filter(({ resource }) => !after.includes(resource))).toEqual([]);
    for (const { metadata: place, resource } of namespaces) {
      const inside = made.filter(({ metadata }) => metadata.namespace === place.name);
      expect(inside.length).toBeGreaterThan(0);
      expect(inside.filter(({ after }) => !after.includes(resource)).map(({ metadata }) => metadata.name)).toEqual([]);
    }
  });

  test("every container is as the standard `restricted` wants it, and more", () => {
    const users = new Map<string, Set<number>>();
    for (const [, all] of both)
      for (const one of running(all)) {
        const pod = podOf(one);
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
        expect(pod).not.toMatchObject({ hostNetwork: expect.anything() });
        expect(pod.containers.length).toBeGreaterThan(0);
        for (const { name, securityContext, resources, command } of containersOf(pod)) {
          expect(securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
          });
          expect(securityContext.capabilities).not.toHaveProperty("add");
          expect(securityContext.runAsUser).toBeGreaterThan(10_000);
          expect(securityContext.runAsGroup).toBe(securityContext.runAsUser);
          expect(Object.keys(resources.limits).sort()).toEqual(["ephemeral-storage", "memory"]);
          expect(Object.keys(resources.requests).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
          expect(command.length).toBeGreaterThan(0);
          users.set(name, (users.get(name) ?? new Set()).add(securityContext.runAsUser));
        }
        // Nothing of the node's, nothing without a limit.
        for (const volume of pod.volumes) {
          expect(volume).not.toHaveProperty("hostPath");
          if (volume.emptyDir) expect(volume.emptyDir.sizeLimit).toMatch(/^\d+Mi$/);
          if (volume.projected ?? volume.secret) expect((volume.projected ?? volume.secret)?.defaultMode).toBe(0o440);
        }
      }
    for (const some of [...users].filter(([name]) => name !== "tools")) expect(some[1].size).toBe(1);
  });

  test("only the trust controller and the policy administrator can ask the API server, each about one Secret", () => {
    for (const [, all] of both) {
      for (const one of running(all))
        expect([meta(one).name, podOf(one).automountServiceAccountToken]).toEqual([
          meta(one).name,
          meta(one).name === "trust-controller",
        ]);
      for (const { inputs } of ofKind(all, "ServiceAccount")) expect(inputs.automountServiceAccountToken).toBe(false);
      const rights = ofKind(all, "Role").flatMap(({ inputs }) =>
        (inputs.rules as { resources: string[]; resourceNames?: string[]; verbs: string[] }[]).map(
          ({ resources, resourceNames = ["any"], verbs }) => `${verbs} ${resources} ${resourceNames}`,
        ),
      );
      expect(rights.sort()).toEqual([
        "create leases any",
        "get,patch secrets openclaw-callers-guard",
        "get,update leases trust-controller",
        "get,watch,update secrets guard-revocations",
        "list,watch pods any",
      ]);
      expect(ofKind(all, "ClusterRole")).toEqual([]);
      for (const one of ofKind(all, "RoleBinding")) {
        const own = meta(one).name === "guard-revocations";
        expect(one.inputs.subjects).toEqual([
          {
            kind: "ServiceAccount",
            name: own ? "guard" : "trust-controller",
            namespace: expect.stringMatching(own ? /^(assistant|claw)-application$/ : /^(assistant|claw)-management$/),
          },
        ]);
      }
    }
    const place = (suffix: string) => meta(named(ofKind(demo, "Role"), `trust-controller-${suffix}`)).namespace;
    expect(["watch", "write", "lead"].map(place)).toEqual([
      "assistant-application",
      "assistant-agent",
      "assistant-management",
    ]);
  });

  test("the policy administrator alone holds the guard's token, and what is in the shared list is its own", () => {
    for (const [, all] of both) {
      const holders = running(all).flatMap((one) => {
        const volumes = podOf(one).volumes.filter(({ projected }) =>
          projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken),
        );
        return containersOf(podOf(one))
          .filter(({ volumeMounts }) => volumeMounts.some(({ name }) => volumes.some((volume) => volume.name === name)))
          .map(({ name }) => name);
      });
      expect(holders).toEqual(["policy-administrator"]);
      const list = named(ofKind(all, "Secret"), "guard-revocations");
      expect(meta(list).namespace).toMatch(/-application$/);
      expect(list.inputs).not.toHaveProperty("data");
      expect(list.inputs).not.toHaveProperty("stringData");
    }
  });

  test("a list that is there already is used, and not made", async () => {
    const kept = await record(() => new ZeroTrustOpenClaw("assistant", { ...DEMO, stateVolume: "our" }));
    expect(ofKind(kept, "Secret").map((one) => meta(one).name)).not.toContain("guard-revocations");
    const [rule] = named(ofKind(kept, "Role"), "guard-revocations").inputs.rules as { resourceNames: string[] }[];
    expect(rule?.resourceNames).toEqual(["our-revocations"]);
  });

  test("OpenClaw is one, has its state, and ends when its work is done", () => {
    const openclaw = named(ofKind(demo, "StatefulSet"), "openclaw");
    const { replicas, volumeClaimTemplates } = spec<Running>(openclaw);
    const pod = podOf(openclaw);
    expect(replicas).toBe(1);
    expect(pod.terminationGracePeriodSeconds).toBe(345);
    expect(volumeClaimTemplates).toEqual([
      {
        metadata: { name: "openclaw-state" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
      },
    ]);
    const container = containerOf(pod, "openclaw");
    expect(container.volumeMounts).toContainEqual({ name: "openclaw-state", mountPath: "/state" });
    expect(container.lifecycle).toBeUndefined();
    const asks = ({ httpGet }: Probe = {}) => httpGet;
    const at = (path: string) => ({ scheme: "HTTPS", port: 18789, path });
    expect(asks(container.startupProbe)).toEqual(at("/startupz"));
    expect(asks(container.readinessProbe)).toEqual(at("/readyz"));
    expect(asks(container.livenessProbe)).toEqual(at("/healthz"));
    expect(containerOf(pod, "openclaw-follow").restartPolicy).toBe("Always");
    // What OpenClaw asks the model by ends after it.
    expect(containerOf(pod, "model-client").restartPolicy).toBe("Always");
    const [claim] = spec<Running>(named(ofKind(company, "StatefulSet"), "openclaw")).volumeClaimTemplates ?? [];
    expect(claim?.spec.storageClassName).toBe("fast");
  });

  test("the guard takes work when OpenClaw believes it", () => {
    const { readinessProbe, livenessProbe } = containerOf(podOf(named(ofKind(demo, "Deployment"), "guard")), "guard");
    expect(readinessProbe?.exec?.command.slice(1)).toEqual(
      "probe unix --socket /run/workload/admin.sock --path /clusters?filter=^openclaw --expect ::health_flags::healthy".split(
        " ",
      ),
    );
    // While it drains it is not ready, and must not be killed for that.
    expect(livenessProbe?.exec?.command).toContain("/server_info");
  });

  test("the guard does without OpenClaw when that refuses, not when it is busy, and lets go of connections first", () => {
    const files = ofKind(demo, "Secret").filter(
      (one) => meta(one).labels?.["zero-trust-openclaw/workload"] === "guard",
    );
    const [text] = files.flatMap(({ inputs }) => (inputs.data as Record<string, string>)?.["envoy.json"] ?? []);
    const { static_resources } = JSON.parse(Buffer.from(text ?? "", "base64").toString()) as {
      static_resources: { clusters: { name: string }[] };
    };
    const openclaw = static_resources.clusters.find(({ name }) => name === "openclaw");
    expect(openclaw).toMatchObject({
      health_checks: [
        {
          unhealthy_threshold: 4,
          http_health_check: { path: "/readyz", retriable_statuses: [{ start: 500, end: 600 }] },
        },
      ],
    });
    expect(JSON.stringify(openclaw)).toContain('"idle_timeout":"4s"');
  });

  test("all others let callers go first", () => {
    for (const [, all] of both)
      for (const one of running(all))
        for (const { name, lifecycle } of podOf(one).containers)
          if (name !== "openclaw") expect(lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
  });

  test("nobody looks names up but those who call hosts outside", () => {
    const looksUp = (all: Recorded[]) =>
      running(all)
        .filter((one) => podOf(one).dnsPolicy !== "None")
        .map((one) => meta(one).name);
    expect(looksUp(demo)).toEqual([]);
    expect(looksUp(company)).toEqual(["egress"]);
    for (const one of running(demo)) expect(podOf(one).dnsConfig?.nameservers).toEqual(["127.0.0.1"]);
  });

  test("files are Secrets: those that a program does not notice have a new name with each change", () => {
    for (const [, all] of both) {
      for (const one of ofKind(all, "Secret").filter(({ inputs }) => inputs.data ?? inputs.stringData)) {
        expect([one.name, one.secrets.some((path) => /^(stringData|data)/.test(path))]).toEqual([one.name, true]);
        const kind = /-(cold|hot|kept)$/.exec(one.name)?.[1];
        if (kind === "cold") expect(meta(one).name).toBeUndefined();
        else expect(meta(one).name).toMatch(kind ? new RegExp(`^[a-z-]+-${kind}$`) : /^(assistant|claw)-internal$/);
      }
      // And every one is mounted by a pod of its own namespace only.
      for (const one of running(all))
        for (const { projected, secret } of podOf(one).volumes)
          for (const name of [...(projected?.sources.map((source) => source.secret?.name) ?? []), secret?.secretName]) {
            if (!name) continue;
            const made = [
              ...ofKind(all, "Secret").map((own) => ({ ...meta(own), name: meta(own).name ?? autonamed(own.name) })),
              ...ofKind(all, "Certificate").map((own) => ({
                ...meta(own),
                name: spec<{ secretName: string }>(own).secretName,
              })),
            ].filter((own) => own.name === name && own.namespace === meta(one).namespace);
            expect([name, made.length]).toEqual([name, 1]);
          }
    }
  });

  test("no secret is anywhere but in Secrets", () => {
    for (const [, all] of both)
      for (const one of inCluster(all)) {
        const { stringData, data, ...rest } = one.inputs;
        const plain = JSON.stringify(kindOf(one) === "Secret" ? rest : one.inputs);
        expect([one.name, /(random|key) of |x-oc-user|PRIVATE KEY/.exec(plain)?.[0]]).toEqual([one.name, undefined]);
        if (kindOf(one) !== "Secret") expect([one.name, one.secrets]).toEqual([one.name, []]);
      }
    // The scan would have found them.
    const contents = ofKind(company, "Secret").flatMap(({ inputs }) => [
      ...Object.values(inputs.stringData ?? {}),
      ...Object.values(inputs.data ?? {}).map((value) => Buffer.from(value, "base64").toString()),
    ]);
    const all = contents.join("\n");
    for (const secret of [
      "random of the company's client",
      "random of the company's model",
      "key of assistant-intermediate",
      "x-oc-user",
    ])
      expect(all).toContain(secret);
  });

  test("no object is made twice", () => {
    for (const [, all] of both) {
      const objects = inCluster(all).map(
        (one) => `${one.type} ${meta(one).namespace} ${meta(one).name ?? autonamed(one.name)}`,
      );
      expect(objects.filter((one, i) => objects.indexOf(one) !== i)).toEqual([]);
    }
  });

  test("certificates are for one identity each, and are renewed with a new key at two thirds of their life", () => {
    interface Certificate {
      duration: string;
      renewBefore: string;
      privateKey: { rotationPolicy: string };
      uris: string[];
      usages: string[];
      issuerRef: { name: string; kind: string };
    }
    expect(ofKind(demo, "Certificate")).toHaveLength(8);
    for (const one of ofKind(demo, "Certificate")) {
      const { duration, renewBefore, privateKey, uris, issuerRef } = spec<Certificate>(one);
      expect(duration).toMatch(/^23h59m59\.\d{9}s$/);
      expect(renewBefore).toBe("480m0s");
      expect(privateKey.rotationPolicy).toBe("Always");
      expect(issuerRef).toMatchObject({ name: "assistant-internal", kind: "ClusterIssuer" });
      const zone = meta(one).namespace?.replace("assistant-", "");
      expect(uris).toEqual([
        `spiffe://openclaw.internal/${zone}/${meta(one).labels?.["zero-trust-openclaw/workload"]}`,
      ]);
    }
    const usages = (name: string) => spec<Certificate>(named(ofKind(demo, "Certificate"), name)).usages;
    expect(usages("assistant-openclaw")).toEqual(["digital signature", "server auth"]);
    expect(usages("assistant-openclaw-client")).toEqual(["digital signature", "client auth"]);
  });

  test("a namespace may ask for the names of its own workloads", () => {
    const tables = (all: Recorded[]) => {
      const [policy] = ofKind(all, "ValidatingAdmissionPolicy").filter(({ name }) => name.endsWith("-certificates"));
      const { variables } = spec<{ variables: { name: string; expression: string }[] }>(policy as Recorded);
      return Object.fromEntries(variables.map(({ name, expression }) => [name, JSON.parse(expression)]));
    };
    expect(tables(company).names).toEqual({
      "claw-public": ["edge", "openclaw.example.com"],
      "claw-application": ["guard"],
      "claw-agent": ["openclaw"],
      "their-egress": ["egress"],
    });
    for (const [namespace, uris] of Object.entries(tables(demo).uris as Record<string, string[]>))
      for (const uri of uris) expect(uri).toMatch(`spiffe://openclaw.internal/${namespace.replace("assistant-", "")}/`);
    for (const one of ofKind(company, "Certificate")) {
      const { uris, dnsNames = [] } = spec<{ uris: string[]; dnsNames?: string[] }>(one);
      const namespace = `${meta(one).namespace}`;
      expect(tables(company).uris[namespace]).toEqual(uris);
      for (const name of dnsNames) expect(tables(company).names[namespace]).toContain(name);
    }
    for (const binding of ofKind(demo, "ValidatingAdmissionPolicyBinding"))
      expect(spec<{ validationActions: string[] }>(binding).validationActions).toEqual(["Deny"]);
  });

  test("namespaces are restricted, and those that are there already are left alone", () => {
    const names = ofKind(company, "Namespace").map((one) => meta(one).name);
    expect(names).toEqual(["public", "application", "agent", "data", "management"].map((zone) => `claw-${zone}`));
    for (const one of ofKind(company, "Namespace"))
      expect(meta(one).labels).toMatchObject({
        "pod-security.kubernetes.io/enforce": "restricted",
        team: "assistants",
      });
    expect(meta(named(ofKind(company, "Deployment"), "egress")).namespace).toBe("their-egress");
  });

  test("replicas are spread, and not all stopped at once; an autoscaler's number is its own", () => {
    const counts = running(company).map((one) => [meta(one).name, spec<Running>(one).replicas]);
    expect(Object.fromEntries(counts)).toEqual({
      edge: 3,
      guard: 2,
      egress: undefined,
      openclaw: 1,
      "trust-controller": 2,
    });
    expect(
      ofKind(company, "PodDisruptionBudget")
        .map((one) => meta(one).name)
        .sort(),
    ).toEqual(["edge", "egress", "guard", "trust-controller"]);
    expect(ofKind(demo, "PodDisruptionBudget")).toEqual([]);
    const spread = running(company).filter((one) => podOf(one).topologySpreadConstraints);
    expect(spread.map((one) => meta(one).name).sort()).toEqual(["edge", "egress", "guard", "trust-controller"]);
    expect(spec(named(ofKind(company, "HorizontalPodAutoscaler"), "egress"))).toMatchObject({
      scaleTargetRef: { kind: "Deployment", name: "egress" },
      minReplicas: 2,
      maxReplicas: 5,
    });
  });

  test("people come in by a service that keeps their addresses", () => {
    const service = (all: Recorded[]) => spec(named(ofKind(all, "Service"), "edge-entrance"));
    const port = { name: "https", targetPort: 8443, protocol: "TCP" };
    const selector = { "zero-trust-openclaw/workload": "edge" };
    const rest = { externalTrafficPolicy: "Local", selector };
    expect(service(demo)).toEqual({ ...rest, type: "NodePort", ports: [{ ...port, port: 30843, nodePort: 30843 }] });
    expect(service(company)).toEqual({ ...rest, type: "LoadBalancer", ports: [{ ...port, port: 443 }] });
  });

  test("what is asked for reaches every pod", () => {
    for (const one of running(company)) {
      expect(podOf(one)).toMatchObject({ runtimeClassName: "gvisor", imagePullSecrets: [{ name: "registry" }] });
      expect(meta(one).labels).toMatchObject({ team: "assistants", "app.kubernetes.io/part-of": "claw" });
    }
  });

  test("a preview, in which outputs are not known yet, makes the same", async () => {
    const preview = await record(() => new ZeroTrustOpenClaw("assistant", COMPANY), { preview: true });
    const list = (all: Recorded[]) => all.map(({ type, name }) => `${type} ${name}`).sort();
    expect(list(preview)).toEqual(list(company));
  });
});

describe("a deployment on Kubernetes around what is there already", () => {
  const proxy = { namespace: "ingress", labels: { app: "controller" } };
  const issuer = { name: "company", roots: [COMPANY_ROOT] };
  const made = (more: Partial<KubernetesArgs>, args: Partial<ZeroTrustOpenClawArgs> = {}) =>
    record(
      () =>
        new ZeroTrustOpenClaw("assistant", {
          ...COMPANY,
          trustDomain: "assistant.example.com",
          ...args,
          platform: kubernetes({ apiServer: API_SERVER, prefix: "claw", ...more }),
        }),
    );
  /** The edge's configuration as it is in its Secret. */
  const edge = (all: Recorded[]) => {
    const [files] = ofKind(all, "Secret").filter(({ name }) => name === "assistant-edge-cold");
    return Object.values((files as Recorded).inputs.data as Record<string, string>)
      .map((text) => Buffer.from(text, "base64").toString())
      .join("\n");
  };

  const behind = { kind: "ingress", className: "nginx", annotations: { "example.com/pass": "yes" }, proxy };
  const gateway = { kind: "gateway", gateway: { name: "public", namespace: "gateways", sectionName: "tls" }, proxy };
  const route = (all: Recorded[], kind: string) => spec(named(ofKind(all, kind), "edge-entrance"));
  const host = "openclaw.example.com";
  let passes: Record<"ingress" | "gateway", Recorded[]>;
  let ends: Record<"ingress" | "gateway", Recorded[]>;
  beforeAll(async () => {
    passes = {
      ingress: await made({ entrance: behind, certManager: { issuer } }),
      gateway: await made({ entrance: { ...gateway, proxyProtocol: true } }),
    };
    ends = {
      ingress: await made({ entrance: { ...behind, terminatesTls: { issuer: { name: "public" } } } }),
      gateway: await made({ entrance: { ...gateway, terminatesTls: {} } }),
    };
  });

  test("all certificates are asked from the issuer, peers trust its roots, and nothing of a CA is made", () => {
    const all = passes.ingress;
    expect(ofKind(all, "Certificate").length).toBeGreaterThan(4);
    for (const one of ofKind(all, "Certificate"))
      expect(spec<{ issuerRef: object }>(one).issuerRef).toEqual({
        name: "company",
        kind: "ClusterIssuer",
        group: "cert-manager.io",
      });
    expect(ofKind(all, "ClusterIssuer")).toEqual([]);
    expect(all.filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
    expect(ofKind(all, "Secret").filter((one) => meta(one).namespace === "cert-manager")).toEqual([]);
    const everything = ofKind(all, "Secret").flatMap(({ inputs }) =>
      Object.values(inputs.data ?? {}).map((value) => Buffer.from(value, "base64").toString()),
    );
    expect(everything.filter((text) => text === COMPANY_ROOT).length).toBeGreaterThan(3);
  });

  test("nothing of a CA of one's own may be asked for beside the issuer", async () => {
    for (const certificateAuthority of [{ roots: ["1"] }, { rootKey: "offline" }, { rootKey: "state" }])
      await expect(made({ certManager: { issuer } }, { certificateAuthority })).rejects.toThrow(
        "is of a CA made here, and the platform's certManager.issuer signs instead",
      );
  });

  test("who may go around the rules for certificates is named", () => {
    const perimeter = { trustDomain: "a.example", zones: [], workloads: [], flows: [], credentials: [] };
    const rule = (requesters?: string[]) => {
      const args = { issuer: { ...issuer, requesters }, namespace: "cm", serviceAccount: "sa", maxHours: 24 };
      return sharedIssuerRules({ perimeter, namespaceOf: () => "" }, args).certificaterequests.validations[0]
        ?.expression;
    };
    expect(rule()).toContain('request.userInfo.username in ["system:serviceaccount:cm:sa"])');
    expect(rule(["mesh"])).toContain('in ["system:serviceaccount:cm:sa","mesh"])');
  });

  test("wildcards over the name that people call are ours too", () => {
    const policy = named(ofKind(passes.ingress, "ValidatingAdmissionPolicy"), "claw-certificates");
    const { variables } = spec<{ variables: { name: string; expression: string }[] }>(policy);
    const names = JSON.parse(variables.find(({ name }) => name === "protected")?.expression ?? "") as string[];
    expect(names).toEqual(["edge", host, "guard", "openclaw", "egress", "*.example.com"]);
  });

  test("an ingress passes TLS through, and only its controller comes in", () => {
    expect(route(passes.ingress, "Ingress")).toEqual({
      ingressClassName: "nginx",
      rules: [
        {
          host,
          http: {
            paths: [
              { path: "/", pathType: "Prefix", backend: { service: { name: "edge-entrance", port: { number: 443 } } } },
            ],
          },
        },
      ],
    });
    expect(route(passes.ingress, "Service")).toMatchObject({
      type: "ClusterIP",
      ports: [{ port: 443, targetPort: 8443 }],
    });
    for (const all of [...Object.values(passes), ...Object.values(ends)]) {
      const policy = spec<{ ingress: { from: object[] }[] }>(
        named(ofKind(all, "NetworkPolicy"), "edge--from--internet--https"),
      );
      expect(policy.ingress[0]?.from).toEqual([
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } },
          podSelector: { matchLabels: { app: "controller" } },
        },
      ]);
    }
  });

  test("a controller that ends TLS shows a certificate without an identity, and can verify the edge", () => {
    expect(route(ends.ingress, "Ingress")).toMatchObject({ tls: [{ hosts: [host], secretName: "edge-entrance-tls" }] });
    const certificate = route(ends.ingress, "Certificate");
    expect(certificate).toMatchObject({ dnsNames: [host], issuerRef: { name: "public", kind: "ClusterIssuer" } });
    expect(certificate).not.toHaveProperty("uris");
    expect(named(ofKind(ends.ingress, "Secret"), "edge-entrance-roots").inputs.stringData).toEqual({
      "ca.crt": "cert of assistant-root\n",
    });
  });

  test("a gateway has a route of TLS, and of HTTP only if it is to end TLS", () => {
    expect(named(ofKind(passes.gateway, "TLSRoute"), "edge-entrance").inputs).toMatchObject({
      apiVersion: "gateway.networking.k8s.io/v1",
      spec: {
        parentRefs: [{ name: "public", namespace: "gateways", sectionName: "tls" }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: "edge-entrance", port: 443 }] }],
      },
    });
    for (const kind of ["HTTPRoute", "BackendTLSPolicy", "ConfigMap"]) expect(ofKind(passes.gateway, kind)).toEqual([]);
    expect(ofKind(ends.gateway, "TLSRoute")).toEqual([]);
    expect(route(ends.gateway, "HTTPRoute")).toMatchObject({ hostnames: [host] });
    expect(route(ends.gateway, "BackendTLSPolicy")).toEqual({
      targetRefs: [{ group: "", kind: "Service", name: "edge-entrance" }],
      validation: {
        caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "edge-entrance-roots" }],
        hostname: host,
      },
    });
    expect(named(ofKind(ends.gateway, "ConfigMap"), "edge-entrance-roots").inputs.data).toEqual({
      "ca.crt": "cert of assistant-root\n",
    });
  });

  test("limits count by what is known of people's addresses", () => {
    const [perAddress, together] = ['"max_tokens":600,', '"max_tokens":6000,'];
    const [hops, header] = ['"xff_num_trusted_hops":1', "envoy.filters.listener.proxy_protocol"];
    const seen = (all: Recorded[]) => {
      const config = edge(all).replaceAll(/\s/g, "");
      return [perAddress, together, hops, header].map((one) => config.includes(one));
    };
    expect(seen(company)).toEqual([true, true, false, false]);
    expect(seen(passes.ingress)).toEqual([false, true, false, false]);
    expect(seen(passes.gateway)).toEqual([true, true, false, true]);
    for (const all of Object.values(ends)) expect(seen(all)).toEqual([true, true, true, false]);
  });
});

describe("a deployment whose credentials are there already", () => {
  const { clientSecret: _, ...identityProvider } = COMPANY.identityProvider as NonNullable<
    ZeroTrustOpenClawArgs["identityProvider"]
  >;
  const secrets: Partial<KubernetesArgs> = {
    existingSecrets: {
      "client-secret": { name: "login", key: "secret" },
      "model-openai": { name: "models", key: "openai" },
    },
    externalSecrets: {
      store: { name: "company" },
      values: { "cookie-key": { key: "openclaw/login", property: "cookies" } },
      refresh: "15m",
    },
    requireSecretStore: true,
  };
  const args = (more: Partial<ZeroTrustOpenClawArgs> = {}): ZeroTrustOpenClawArgs => ({
    ...COMPANY,
    platform: kubernetes({ apiServer: API_SERVER, ...secrets }),
    identityProvider,
    models: [{ provider: "openai" }],
    ...more,
  });
  let all: Recorded[];
  beforeAll(async () => {
    all = await record(() => new ZeroTrustOpenClaw("assistant", args()));
  });

  test("mounts single values of them, each in the file that is read, and makes none of them", () => {
    const mounted = (workload: string) =>
      podOf(named(ofKind(all, "Deployment"), workload)).volumes.flatMap(({ projected }) =>
        (projected?.sources ?? []).flatMap(({ secret }) => (secret?.items ? [secret] : [])),
      );
    expect(mounted("edge")).toEqual([
      { name: "login", items: [{ key: "secret", path: "client-secret" }] },
      { name: "cookie-key", items: [{ key: "value", path: "cookie-key" }] },
    ]);
    expect(mounted("egress")).toEqual([{ name: "models", items: [{ key: "openai", path: "model-openai" }] }]);
    for (const one of ofKind(all, "Secret"))
      for (const file of ["client-secret", "cookie-key", "model-openai"])
        expect(one.inputs.data ?? {}).not.toHaveProperty(file);
    expect(all.filter(({ type }) => type.startsWith("random:")).map(({ name }) => name)).toEqual([
      "assistant-user-header",
    ]);
  });

  test("has the operator bring what is in a store to its holder, and waits for it", () => {
    const [told, ...others] = ofKind(all, "ExternalSecret");
    expect(others).toEqual([]);
    expect(told?.inputs).toMatchObject({
      apiVersion: "external-secrets.io/v1",
      metadata: {
        name: "cookie-key",
        namespace: "assistant-public",
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      },
      spec: {
        refreshInterval: "15m",
        secretStoreRef: { kind: "ClusterSecretStore", name: "company" },
        target: { name: "cookie-key", creationPolicy: "Owner" },
        data: [{ secretKey: "value", remoteRef: { key: "openclaw/login", property: "cookies" } }],
      },
    });
  });

  test.each<[string, () => ZeroTrustOpenClawArgs, string, string]>([
    [
      "given besides",
      () => args({ models: [{ provider: "openai", apiKey: "k" }] }),
      "models[0].apiKey",
      'is given, and the platform\'s secrets name "model-openai" too; keep one of them',
    ],
    [
      "neither given nor there",
      () => args({ platform: kubernetes({ apiServer: API_SERVER }), models: [{ provider: "openai", apiKey: "k" }] }),
      "identityProvider.clientSecret",
      "is missing; give it, or on Kubernetes say where",
    ],
    [
      "made by the demo",
      () => ({
        ...DEMO,
        platform: kubernetes({
          apiServer: API_SERVER,
          existingSecrets: { "client-secret": { name: "login", key: "secret" } },
        }),
      }),
      "identityProvider.clientSecret",
      'the demo\'s identity provider makes credential "client-secret"',
    ],
  ])("is refused if one is %s", (_case, program, propertyPath, reason) => {
    let errors: unknown;
    try {
      new ZeroTrustOpenClaw("assistant", program());
    } catch (error) {
      ({ errors } = error as { errors: unknown });
    }
    expect(errors).toEqual([{ propertyPath, reason: expect.stringContaining(reason) }]);
  });
});
