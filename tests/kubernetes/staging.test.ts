import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Browser, openBrowser } from "../../testbed/client/http";
import { OpenClawClient } from "../../testbed/client/openclaw";
import type { Cluster } from "../../testbed/cluster";
import { forward, type Way } from "../../testbed/cluster/forward";
import { removeObjects, unknownObjects } from "../../testbed/cluster/leftover-objects";
import { sleep } from "../../testbed/sleep";
import { verify } from "../../verify/verify";
import { underLoad, undisturbed } from "../engine/support/load";
import { Certificates } from "./support/certificates";
import { Hands } from "./support/cluster";
import { signedIn } from "./support/people";
import {
  type Deployed,
  deployed,
  down,
  ENTRANCE_PORT,
  OWN_NODE,
  PREFIX,
  pulumi,
  theCluster,
  up,
} from "./support/stack";

const SCOPES = ["operator.read", "operator.write"];
const UNCHANGED = /Stack … \d+ unchanged/;
/** From a change of the guard's pods until OpenClaw believes the new ones: the kubelet brings a Secret with its next look. */
const TRUSTED_MS = 120_000;
const PER_SECOND = 10;

describe("the staging stack on a cluster", () => {
  let cluster: Cluster;
  let way: Way;
  let it: Deployed;
  let hands: Hands;
  let bob: Browser;

  const connected = () => OpenClawClient.connect(bob, SCOPES);
  /** Whom OpenClaw believes, as its own configuration says. */
  const believed = async (): Promise<string[]> => {
    const { addresses = "" } = await hands.secret(hands.namespaceOf("openclaw"), "openclaw-callers-guard");
    return addresses.split("\n").filter(Boolean);
  };
  const guards = async () => {
    hands.forget();
    return (await hands.podsOf("guard")).map(({ status }) => `${status.podIP}/32`).sort();
  };

  before(async () => {
    cluster = await theCluster();
    // What an earlier run left, however it ended.
    await down();
    await removeObjects(cluster.kubectl, await unknownObjects(cluster.kubectl, PREFIX, []));
    const { code, output } = await up();
    assert.equal(code, 0, output);
    it = await deployed();
    const access = { ...cluster, kubectl: cluster.kubectl.path };
    hands = new Hands(access, PREFIX, it.perimeter);
    way = await forward(ENTRANCE_PORT, cluster.nodeAddress);
    bob = await signedIn(it, "operator");
  });

  after(async () => {
    await way?.close();
  });

  test("a second deployment changes nothing, and neither does a look at the cluster", async () => {
    const again = await up();
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, UNCHANGED);
    const looked = await pulumi("preview", "--refresh", "--expect-no-changes");
    assert.equal(looked.code, 0, looked.output);
  });

  test("every declared flow is open, and every other one is closed", async () => {
    const { causes, verdicts } = await verify(hands, it.perimeter);
    assert.deepEqual(causes, []);
    assert.ok(verdicts.some(({ seen }) => seen.state === "open"));
  });

  test("a flow whose policy is taken away is closed, and one with a policy too many is open", async () => {
    const namespace = hands.namespaceOf("openclaw");
    const name = "openclaw--from--guard--gateway";
    const [policy] = (
      await hands.get<{ metadata: Record<string, unknown> }>("networkpolicies", "--namespace", namespace)
    ).filter(({ metadata }) => metadata.name === name);
    assert.ok(policy);
    await hands.kubectl("delete", "networkpolicy", "--namespace", namespace, name);
    await sleep(1000);
    assert.equal((await hands.tryFlow("guard", "openclaw", 18789)).state, "closed");
    const { name: _, ...rest } = policy.metadata;
    await hands.apply({
      ...policy,
      metadata: { ...rest, name, resourceVersion: undefined, uid: undefined, managedFields: undefined },
    });
    await sleep(1000);
    assert.equal((await hands.tryFlow("guard", "openclaw", 18789)).state, "open");
  });

  test("OpenClaw believes the guard's address and no other", async () => {
    assert.deepEqual(await believed(), await guards());
    assert.equal((await believed()).length, 1);
  });

  test("who is not signed in gets in nowhere", async () => {
    const nobody = openBrowser(it.url, it.roots);
    assert.equal((await ask(nobody, "/new")).status, 302);
    await assert.rejects(OpenClawClient.connect(nobody, SCOPES));
  });

  test("no pods but the trust controller's and the guard's have a token, and all of them are restricted", async () => {
    const pods = await hands.get<{
      metadata: { name: string; labels: Record<string, string> };
      spec: { volumes: { projected?: { sources: { serviceAccountToken?: object }[] } }[] };
    }>("pods", "--all-namespaces", "--selector", `app.kubernetes.io/part-of=${PREFIX}`);
    const holders = pods.filter(({ spec }) =>
      spec.volumes.some(({ projected }) => projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken)),
    );
    assert.deepEqual(holders.map(({ metadata }) => metadata.labels["zero-trust-openclaw/workload"]).sort(), [
      "guard",
      "trust-controller",
    ]);
    const namespaces = await hands.get<{ metadata: { labels: Record<string, string> } }>(
      ...["namespaces", "--selector", `app.kubernetes.io/part-of=${PREFIX}`],
    );
    for (const { metadata } of namespaces)
      assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
  });

  describe("certificates", () => {
    const wish = (namespace: string, spec: Record<string, unknown>) => ({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "wish", namespace },
      spec: {
        secretName: "wish",
        duration: "1h0m0s",
        renewBefore: "20m0s",
        privateKey: { rotationPolicy: "Always" },
        uris: ["spiffe://openclaw.internal/public/edge"],
        issuerRef: { name: `${PREFIX}-internal`, kind: "ClusterIssuer", group: "cert-manager.io" },
        ...spec,
      },
    });
    const own = () => hands.namespaceOf("edge");
    const wishes: [string, () => object][] = [
      ["another workload's identity", () => wish(own(), { uris: ["spiffe://openclaw.internal/application/guard"] })],
      ["two identities", () => wish(own(), { uris: ["spiffe://openclaw.internal/public/edge", "spiffe://x.y/z"] })],
      ["no identity", () => wish(own(), { uris: undefined, dnsNames: ["edge"] })],
      ["another workload's name without a dot", () => wish(own(), { dnsNames: ["guard"] })],
      ["a name of the world", () => wish(own(), { dnsNames: ["login.example.com"] })],
      ["an address", () => wish(own(), { ipAddresses: ["10.0.0.1"] })],
      ["a common name", () => wish(own(), { commonName: "guard" })],
      ["a certificate that signs others", () => wish(own(), { isCA: true })],
      ["a longer life", () => wish(own(), { duration: "25h0m0s" })],
      ["a key that stays", () => wish(own(), { privateKey: { rotationPolicy: "Never" } })],
      ["an identity of ours from somebody else's namespace", () => wish("default", {})],
    ];

    after(async () => {
      for (const namespace of [own(), "default"])
        await hands.tried("delete", "certificates,secrets", "--namespace", namespace, "wish", "--ignore-not-found");
    });

    test("one's own names are granted", async () => {
      assert.equal(await hands.refused(wish(own(), { dnsNames: ["edge"] })), undefined);
    });

    for (const [what, object] of wishes) {
      test(`${what} is refused`, async () => {
        const said = await hands.refused(object());
        assert.match(said ?? "granted", /denied request|is forbidden/);
      });
    }

    test("nobody but cert-manager makes requests, not even the cluster's administrator", async () => {
      const said = await hands.refused({
        apiVersion: "cert-manager.io/v1",
        kind: "CertificateRequest",
        metadata: { name: "wish", namespace: own() },
        spec: {
          request: Buffer.from("-----BEGIN CERTIFICATE REQUEST-----\n").toString("base64"),
          issuerRef: { name: `${PREFIX}-internal`, kind: "ClusterIssuer", group: "cert-manager.io" },
        },
      });
      assert.match(said ?? "granted", /only cert-manager asks/);
    });

    test("are renewed under load, without a failed request or a dropped WebSocket", async (context) => {
      const certificates = await Certificates.of(hands);
      const issued = () => Promise.all(certificates.names.map((name) => certificates.pair(name)));
      const before = await issued();
      const outcome = await underLoad(bob, PER_SECOND, async () => {
        for (const name of certificates.names) await certificates.renew(name);
        for (const limit = Date.now() + 30_000; ; await sleep(500)) {
          const now = await issued();
          if (now.every((pair, i) => pair["tls.crt"] !== before[i]?.["tls.crt"])) break;
          assert.ok(Date.now() < limit, "not every certificate was renewed");
        }
        // Until the kubelet has brought them to the pods, and the pods use them.
        await sleep(20_000);
      });
      undisturbed(context, outcome);
    });
  });

  describe("when a part is replaced", () => {
    for (const [workload, container] of [
      ["edge", "edge"],
      ["egress", "egress"],
      ["guard", "guard"],
      ["guard", "policy-administrator"],
      ["openclaw", "model-client"],
      ["openclaw", "openclaw"],
      ["trust-controller", "trust-controller"],
    ] as const) {
      test(`${container} of ${workload} is killed and comes back`, async (context) => {
        const started = Date.now();
        assert.ok((await hands.kill(workload, container)) > 0, "no process to kill");
        for (const limit = started + TRUSTED_MS; ; await sleep(300)) {
          const works = await connected()
            .then(async (client) => {
              const answer = await client.chat(await client.converse(), "Are you there?");
              client.close();
              return answer.length > 0;
            })
            .catch(() => false);
          if (works) break;
          assert.ok(Date.now() < limit, "it did not come back");
        }
        context.diagnostic(`a chat works again after ${Date.now() - started} ms`);
        await hands.allReady();
      });
    }

    test("a guard in quarantine is given no new request, and is not believed any more", async () => {
      const [one] = await hands.podsOf("guard");
      assert.ok(one);
      const where = ["--namespace", one.metadata.namespace, one.metadata.name];
      await hands.kubectl("label", "pod", ...where, "zero-trust-openclaw/quarantine=true");
      try {
        // Who leads after the trust controller was killed is known when its lease is over.
        for (const limit = Date.now() + 40_000; (await believed()).includes(`${one.status.podIP}/32`); await sleep(500))
          assert.ok(Date.now() < limit, "OpenClaw still believes it");
        assert.equal((await hands.tryFlow("guard", "openclaw", 18789)).state, "closed");
      } finally {
        await hands.kubectl("delete", "pod", ...where);
        await hands.allReady();
      }
    });
  });

  if (OWN_NODE)
    test("a node that restarts keeps what was said", async () => {
      const before = await connected();
      const conversation = await before.converse();
      await before.chat(conversation, "Remember the word heliotrope.");
      before.close();
      await cluster.restart();
      await hands.allReady();
      const client = await connected();
      const said = JSON.stringify(await client.request("chat.history", { sessionKey: conversation.key }));
      client.close();
      assert.match(said, /heliotrope/);
    });
});
