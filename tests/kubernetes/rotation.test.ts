import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { ADMIN_SOCKET } from "../../lib/envoy";
import type { Browser } from "../../testbed/client/http";
import { forward, type Way } from "../../testbed/cluster/forward";
import { sleep } from "../../testbed/sleep";
import { ensureEngine } from "../../testbed/steps/engine";
import { kubernetesDriver } from "../conformance/deployment";
import type { Position } from "../conformance/driver";
import type { KubernetesDriver } from "../conformance/kubernetes";
import { OWN } from "../conformance/raw";
import { acceptedByGuard, shownBy } from "../conformance/served";
import { underLoad, undisturbed } from "../engine/support/load";
import { setRoots, signingRoot } from "../support/roots";
import { Certificates, type Pair, serialOf } from "./support/certificates";
import { Hands } from "./support/cluster";
import { signedIn } from "./support/people";
import { type Deployed, deployed, ENTRANCE_PORT, PREFIX, pulumi, theCluster, up } from "./support/stack";

const PER_SECOND = 10;
/** While Pulumi takes most of a small machine for itself, more would be held up by that and not by a certificate. */
const PER_SECOND_DEPLOYING = 4;
/** So long is waited for cert-manager and the kubelet; on our own node the latter looks every ten seconds. */
const PATIENCE_MS = 120_000;
/** OpenClaw looks at its files once a second. */
const NOTICED_MS = 2000;
const ISSUER = `clusterissuer/${PREFIX}-internal`;

/** Where the certificates of workloads are mounted, and beside them what peers are verified with. */
const HOLDERS: Record<string, Exclude<Position, "internet">> = {
  edge: { workload: "edge" },
  guard: { workload: "guard" },
  egress: { workload: "egress" },
  openclaw: { workload: "openclaw", container: "openclaw" },
  "openclaw-client": { workload: "openclaw", container: "model-client" },
  "identity-provider": { workload: "identity-provider" },
  "demo-model": { workload: "demo-model" },
};
const SPOILED = ["guard", "openclaw"];

/** What somebody could put in the place of a pair. */
const SPOILING: Partial<Pair>[] = [
  { "tls.key": "-----BEGIN PRIVATE KEY-----\nhalf of a fi" },
  {
    "tls.key": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string,
  },
  { "tls.crt": "" },
];

/** Goes on with the deployment of the file before, and leaves it to the next with another root. */
describe("certificates on a cluster", () => {
  let it: Deployed;
  let hands: Hands;
  let certificates: Certificates;
  let driver: KubernetesDriver;
  let way: Way;
  let bob: Browser;

  const deploy = async () => {
    const { code, output } = await up();
    assert.equal(code, 0, output);
    it = await deployed();
  };
  /** A file of a holder, as the kubelet has it there now. */
  const mounted = async (name: string, file: string) =>
    (await driver.exchange(HOLDERS[name] as Position, { file })).received.toString();
  const isShown = async (name: string) => (await shownBy(driver, name)) === serialOf(await certificates.leaf(name));
  /** Waits until every pod has what was deployed. */
  const arrived = () =>
    eventually("what was deployed is in the pods", async () => {
      for (const name of Object.keys(HOLDERS)) {
        if ((await mounted(name, OWN.ca)).trim() !== it.roots.trim()) return false;
        if ((await mounted(name, OWN.cert)) !== (await certificates.pair(name))["tls.crt"]) return false;
      }
      return true;
    });
  /** Which programs run, by what the runtime calls each start of one. */
  const programs = async () => {
    const pods = await hands.get<{ status: Record<string, { name: string; containerID?: string }[] | undefined> }>(
      ...["pods", "--all-namespaces", "--selector", `app.kubernetes.io/part-of=${PREFIX}`],
    );
    return pods
      .flatMap(({ status }) => [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])])
      .map(({ name, containerID }) => `${name} ${containerID}`)
      .sort();
  };
  /** How often the guard's Envoy was given a pair that it could not use, from a number on that it was at least. */
  const unusable = async (from = 0) => {
    const counter = "sds.leaf.key_rotation_failed";
    const probe = ["/tools/zt-tools", "probe", "unix", "--socket", ADMIN_SOCKET, "--path", `/stats?filter=${counter}`];
    const where = ["deployment/guard", "--namespace", hands.namespaceOf("guard"), "--container", "guard"];
    for (let count = from; count <= from + 100; count++) {
      const { code } = await hands.tried("exec", ...where, "--", ...probe, "--expect", `${counter}: ${count}\n`);
      if (code === 0) return count;
    }
    throw new Error(`${counter} is above ${from + 100}, or not there`);
  };
  /** Gives the issuer another key to sign with, of which there may be none, and waits until cert-manager knows. */
  const signWith = async (secretName: string, ready: boolean) => {
    await hands.kubectl(
      "patch",
      ISSUER,
      "--type",
      "merge",
      "--patch",
      JSON.stringify({ spec: { ca: { secretName } } }),
    );
    await hands.kubectl("wait", ISSUER, "--for", `condition=Ready=${ready}`, "--timeout", `${PATIENCE_MS / 1000}s`);
  };

  before(async () => {
    const cluster = await theCluster();
    await deploy();
    hands = new Hands({ ...cluster, kubectl: cluster.kubectl.path }, PREFIX, it.perimeter);
    certificates = await Certificates.of(hands);
    const { value: engine } = await ensureEngine({ say: () => {}, note: () => {}, log: "/dev/null" } as never);
    driver = await kubernetesDriver(cluster, engine.docker, PREFIX, it.perimeter);
    way = await forward(ENTRANCE_PORT, cluster.nodeAddress);
    bob = await signedIn(it, "operator");
  });

  after(async () => {
    await driver?.close();
    await way?.close();
  });

  test("go on being shown when their Secrets are spoiled and the issuer is down, until there are good ones", async (context) => {
    const before = await programs();
    const good = new Map(await Promise.all(SPOILED.map(async (name) => [name, await shownBy(driver, name)] as const)));
    const outcome = await underLoad(bob, PER_SECOND, async () => {
      await signWith(`${PREFIX}-nothing`, false);
      try {
        for (const part of SPOILING) {
          const [[file, text]] = Object.entries(part) as [[string, string]];
          const counted = await unusable();
          await Promise.all(SPOILED.map((name) => certificates.replace(name, part)));
          const put = Date.now();
          for (const name of SPOILED)
            await eventually(
              `${file} of ${name} is spoiled`,
              async () => (await mounted(name, `/certificates/leaf/${file}`)) === text,
            );
          context.diagnostic(`a spoiled ${file} was in the pods after ${Date.now() - put} ms`);
          await eventually("the guard has counted it", async () => (await unusable(counted)) > counted);
          await sleep(NOTICED_MS);
          for (const name of SPOILED) assert.equal(await shownBy(driver, name), good.get(name));
        }
      } finally {
        await signWith(`${PREFIX}-internal`, true);
      }
      const restored = Date.now();
      for (const name of SPOILED)
        await eventually(`${name} shows another one`, async () => (await shownBy(driver, name)) !== good.get(name));
      context.diagnostic(`good ones were shown ${Date.now() - restored} ms after the issuer was back`);
      for (const name of SPOILED) assert.ok(await isShown(name));
    });
    undisturbed(context, outcome);
    assert.deepEqual(await programs(), before);
  });

  test("survive that the root is replaced: both are good meanwhile, the old one not any more", async (context) => {
    const { "tls.crt": cert, "tls.key": key } = await certificates.pair("edge");
    const accepted = () => acceptedByGuard(driver, { cert, key });
    const known = blocks(it.roots);
    const [current, second] = [await signingRoot(pulumi), `r${Date.now()}`];
    const step = async (...roots: string[]) => {
      await setRoots(pulumi, roots);
      const started = Date.now();
      await deploy();
      const up = Date.now();
      await arrived();
      context.diagnostic(`[${roots}] deployed in ${up - started} ms, in the pods ${Date.now() - up} ms later`);
    };
    const outcome = await underLoad(bob, PER_SECOND_DEPLOYING, async () => {
      await step(current, second);
      bob.roots = it.roots;
      // Both may be trusted for months.
      const { "tls.crt": before } = await certificates.pair("egress");
      await certificates.renew("egress");
      await eventually("egress is renewed", async () => (await certificates.pair("egress"))["tls.crt"] !== before);
      assert.ok(await accepted(), "an old leaf is refused before another root signs");

      await step(second, current);
      const added = blocks(it.roots).filter((pem) => !known.includes(pem));
      assert.equal(added.length, 1);
      const root = new X509Certificate(added[0] as string);
      for (const name of certificates.names) {
        const [, intermediate] = blocks((await certificates.pair(name))["tls.crt"]);
        assert.ok(
          intermediate && new X509Certificate(intermediate).verify(root.publicKey),
          `${name} is of the old root`,
        );
      }
      assert.ok(await accepted(), "an old leaf is refused while both roots are trusted");

      await step(second);
      await eventually("an old leaf is refused", async () => !(await accepted()));
    });
    undisturbed(context, outcome);
    bob = await signedIn(it, "operator");
  });
});

function blocks(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    if (await condition()) return;
    assert.ok(Date.now() < end, `not in time: ${what}`);
  }
}
