import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { CERT_MANAGER } from "../../../lib/platforms/kubernetes/issuer";
import type { Hands } from "./cluster";

interface Certificate {
  metadata: { name: string; namespace: string };
  spec: { secretName: string };
}

/** What a Secret of a certificate holds, in PEM. */
export type Pair = Record<"tls.crt" | "tls.key", string>;

/** The certificates of a deployment, by the workloads that show them: `guard`, `edge-public`, `openclaw-client`. */
export class Certificates {
  private constructor(
    private readonly hands: Hands,
    private readonly all: ReadonlyMap<string, Certificate>,
  ) {}

  static async of(hands: Hands): Promise<Certificates> {
    const found = await hands.get<Certificate>(
      ...[`certificates.${CERT_MANAGER}`, "--all-namespaces"],
      ...["--selector", `app.kubernetes.io/part-of=${hands.prefix}`],
    );
    return new Certificates(
      hands,
      new Map(found.map((one) => [(/^[^-]+-(.+)$/.exec(one.metadata.name) ?? [])[1] ?? one.metadata.name, one])),
    );
  }

  get names(): string[] {
    return [...this.all.keys()];
  }

  async pair(name: string): Promise<Pair> {
    const { metadata, spec } = this.named(name);
    return (await this.hands.secret(metadata.namespace, spec.secretName)) as Pair;
  }

  async leaf(name: string): Promise<X509Certificate> {
    return new X509Certificate((await this.pair(name))["tls.crt"]);
  }

  /** Has cert-manager issue anew, as `cmctl renew` does. */
  async renew(name: string): Promise<void> {
    const { metadata } = this.named(name);
    const condition = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "by a test" };
    await this.hands.kubectl(
      ...["patch", "certificate", "--namespace", metadata.namespace, metadata.name, "--subresource", "status"],
      ...["--type", "merge", "--patch", JSON.stringify({ status: { conditions: [condition] } })],
    );
  }

  /** Puts something else in the place of what was issued, behind cert-manager's back. */
  async replace(name: string, part: Partial<Pair>): Promise<void> {
    const { metadata, spec } = this.named(name);
    const data = Object.fromEntries(
      Object.entries(part).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    );
    await this.hands.kubectl(
      ...["patch", "secret", "--namespace", metadata.namespace, spec.secretName],
      ...["--type", "merge", "--patch", JSON.stringify({ data })],
    );
  }

  private named(name: string): Certificate {
    const found = this.all.get(name);
    assert.ok(found, `no certificate "${name}" among ${this.names.join(", ")}`);
    return found;
  }
}

/** As the conformance probe says it of what it is shown. */
export function serialOf({ serialNumber }: X509Certificate): string {
  return BigInt(`0x${serialNumber}`).toString();
}
