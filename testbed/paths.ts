import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The root of this repository. */
export const repository = resolve(__dirname, "..");

/** What is kept between runs and shared by all checkouts: built tools, image parts, the engine's data. */
export const cache =
  process.env.ZERO_TRUST_OPENCLAW_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "zero-trust-openclaw");

/** Everything one stack keeps on this machine. Removing the folder removes the stack's state. */
export class StateDirectory {
  readonly root: string;
  constructor(root: string) {
    this.root = resolve(root);
  }
  /** Pulumi's file backend. */
  get backend(): string {
    return join(this.root, "backend");
  }
  get passphrase(): string {
    return join(this.root, "passphrase");
  }
  /** PULUMI_HOME when stand-ins serve as plugins. */
  get home(): string {
    return join(this.root, "home");
  }
  get logs(): string {
    return join(this.root, "log");
  }
  get trustBundle(): string {
    return join(this.root, "trust-bundle.pem");
  }
  get perimeter(): string {
    return join(this.root, "perimeter.json");
  }
  stackConfig(stack: string): string {
    return join(this.root, `Pulumi.${stack}.yaml`);
  }
  make(): void {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    for (const folder of [this.backend, this.logs, this.home]) mkdirSync(folder, { recursive: true });
  }
}
