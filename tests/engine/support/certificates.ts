import assert from "node:assert/strict";
import { type CertificateStatus, issueCommand, renewerCommand, type Wish } from "../../../lib/pki/commands";
import { containersWith, type Found } from "../../../testbed/containers";
import { docker, mustDocker } from "./docker";
import { execute, type Result } from "./stack";

const PUBLISH = "/publish";
const INSTALLER = ["CHOWN", "DAC_OVERRIDE", "FOWNER"].flatMap((capability) => ["--cap-add", capability]);

/** The renewers of a deployment, by the names of their certificates: `guard`, `edge-public`, `openclaw-client`. */
export class Certificates {
  private constructor(private readonly renewers: Map<string, Found>) {}

  static async of(instance: string): Promise<Certificates> {
    const found = await containersWith(instance, "renews");
    return new Certificates(
      new Map(found.map((one) => [(/^[^-]+-(.+)-renewer$/.exec(one.labels.container ?? "") ?? [])[1] ?? "", one])),
    );
  }

  get names(): string[] {
    return [...this.renewers.keys()];
  }

  renewer(name: string): Found {
    const found = this.renewers.get(name);
    assert.ok(found, `no certificate "${name}" among ${this.names.join(", ")}`);
    return found;
  }

  async status(name: string): Promise<CertificateStatus> {
    return this.told(name, renewerCommand("status"));
  }

  /** Renews now; with a lifetime, such as `1m`, the certificate and those that follow it live that long. */
  async renew(name: string, lifetime?: string): Promise<CertificateStatus> {
    return this.told(name, [...renewerCommand("renew"), ...(lifetime ? ["--lifetime", lifetime] : [])]);
  }

  /** As {@link renew}, but a refusal is an answer. */
  tryToRenew(name: string): Promise<Result> {
    return docker("exec", this.renewer(name).id, ...renewerCommand("renew"));
  }

  issue(name: string, wish: Wish): Promise<Result> {
    return docker("exec", this.renewer(name).id, ...issueCommand(wish));
  }

  /** A file of the pair, as it is there now. */
  async file(name: string, file: "tls.crt" | "tls.key"): Promise<string> {
    const { id } = this.renewer(name);
    const { code, output } = await execute("sh", ["-c", `docker cp ${id}:${PUBLISH}/..data/${file} - | tar -xO`]);
    assert.equal(code, 0, output);
    return output;
  }

  /** Puts something else in the place of a file, behind the renewer's back and in one step like the renewer. */
  async replace(name: string, file: "tls.crt" | "tls.key", content: string): Promise<void> {
    const { image, volumes } = this.renewer(name);
    const place = ["--network", "none", "--user", "0:0", "--volume", `${volumes[PUBLISH]}:/target`];
    const rights = ["--cap-drop", "ALL", ...INSTALLER, "--entrypoint", "/zt-tools"];
    const put = `docker run --rm --interactive ${[...place, ...rights].join(" ")} ${image} put --to /target --name ${file}`;
    const { code, output } = await execute("sh", ["-c", `printf %s "$CONTENT" | ${put}`], { CONTENT: content });
    assert.equal(code, 0, output);
  }

  private async told(name: string, command: string[]): Promise<CertificateStatus> {
    return JSON.parse(await mustDocker("exec", this.renewer(name).id, ...command)) as CertificateStatus;
  }
}
