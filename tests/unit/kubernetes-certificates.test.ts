import {
  CertificateAuthority,
  type KubernetesArgs,
  kubernetes,
  SegmentedNetwork,
  WorkloadCertificate,
} from "../../lib";
import { ownIssuerRules } from "../../lib/platforms/kubernetes/admission";
import { lifeOf, longestLife } from "../../lib/platforms/kubernetes/life";
import { COMPANY_ROOT } from "../support/company-root";
import { ofKind, spec } from "./support/kubernetes";
import { type Recorded, record } from "./support/mocks";

const PERIMETER = {
  trustDomain: "assistant.example.com",
  zones: [{ name: "public", purpose: "In front." }],
  workloads: [{ name: "edge", zone: "public", ports: { https: 8443 }, credentials: [] }],
  flows: [],
  credentials: [],
};

/** What one certificate asks for, and what its issuer signs with. */
async function asked(roots: string[] | undefined, more: Partial<KubernetesArgs> = {}) {
  const all = await record(() => {
    const network = new SegmentedNetwork("net", { platform: kubernetes(more), perimeter: PERIMETER });
    const ca = new CertificateAuthority("internal", { network, roots });
    new WorkloadCertificate("edge", { ca, identity: "spiffe://assistant.example.com/public/edge" });
  });
  const [certificate] = ofKind(all, "Certificate") as [Recorded];
  const signer = ofKind(all, "Secret").find(({ name }) => name === "internal-issuer")?.inputs.stringData;
  return {
    life: spec<{ duration: string }>(certificate).duration,
    signer: signer as { "tls.crt": string } | undefined,
  };
}

describe("certificates on Kubernetes", () => {
  test("are issued anew as soon as another root signs, and not before", async () => {
    const lives: string[] = [];
    for (const roots of [["1"], ["1", "2"], ["2", "1"], ["2"]]) lives.push((await asked(roots)).life);
    const [one, both, other, last] = lives;
    expect(both).toBe(one);
    expect(other).not.toBe(one);
    expect(last).toBe(other);
  });

  test("are signed with the intermediate alone: of several roots cert-manager could make no chain", async () => {
    const { signer } = await asked(["2", "1"]);
    expect(signer?.["tls.crt"]).toBe("cert of internal-intermediate-2\n");
  });

  test("of an issuer that is there already live for whole hours", async () => {
    const issuer = { name: "company", roots: [COMPANY_ROOT] };
    expect((await asked(undefined, { certManager: { issuer } })).life).toBe("24h0m0s");
  });

  test.each([
    [24, "23h59m59."],
    [2, "1h59m59."],
    // cert-manager refuses less.
    [1, "1h0m0."],
  ])("of %d hours ask for that in whole seconds, and stay below what the rules allow", (hours, text) => {
    const lives = ["a", "b", "c"].map((signer) => lifeOf(hours, signer));
    expect(new Set(lives).size).toBe(3);
    for (const life of lives) {
      expect(life.startsWith(text)).toBe(true);
      expect(life.slice(text.length)).toMatch(/^\d{9}s$/);
      expect(seconds(life)).toBeLessThanOrEqual(seconds(longestLife(hours)));
    }
    const rules = ownIssuerRules(
      { perimeter: PERIMETER, namespaceOf: () => "" },
      { issuerName: "x", namespace: "x", serviceAccount: "x", maxHours: hours },
    );
    expect(JSON.stringify(rules)).toContain(`duration(object.spec.duration) <= duration('${longestLife(hours)}')`);
  });
});

/** Of a duration as Go writes it. */
function seconds(duration: string): number {
  const [, hours, minutes = "0", rest = "0"] = /^(\d+)h(?:(\d+)m(?:([\d.]+)s)?)?$/.exec(duration) ?? [];
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(rest);
}
