/** The node's own containerd, through its command: the machine's, which Docker uses, is another one. */
import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { unmarked } from "../orphans";
import { attempt, run } from "../process";
import { sockets } from "./layout";

/** Where kubelet looks for images. */
const address = ["--address", sockets.containerd, "--namespace", "k8s.io"];
/** On an image that came here whole: a killed import leaves a name without what it names. Its value says what it came from. */
const sourceLabel = "zero-trust-openclaw.source";

export interface StoredImage {
  readonly name: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly source?: string;
}

export class Containerd {
  constructor(private readonly ctr: string) {}

  async answers(): Promise<boolean> {
    return (await attempt(this.ctr, [...address, "version"], { timeout: 5000 })).code === 0;
  }

  async images(): Promise<StoredImage[]> {
    return parseImages((await run(this.ctr, [...address, "images", "list"])).stdout);
  }

  /** Takes in an archive that holds the image `name`, and notes that it came from `source`. Returns the digest of its manifest. */
  async importImage(name: string, source: string, archive: NodeJS.ReadableStream): Promise<string> {
    const child = spawn(this.ctr, [...address, "images", "import", "-"], {
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, ...unmarked },
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
    const [, code] = await Promise.all([
      // When it ends early, its own words say more than a broken pipe.
      pipeline(archive, child.stdin).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
      }),
      ended,
    ]);
    if (code !== 0) throw new Error(`importing ${name} ended with ${code}: ${said.trim()}`);
    const found = (await this.images()).find((image) => image.name === name);
    if (found === undefined) throw new Error(`the archive of ${name} holds no image of that name`);
    // A pod that names the image by its digest must find it too.
    const exact = `${withoutTag(name)}@${found.digest}`;
    await run(this.ctr, [...address, "images", "tag", "--force", name, exact]);
    await run(this.ctr, [...address, "images", "label", name, `${sourceLabel}=${source}`]);
    return found.digest;
  }
}

export function parseImages(table: string): StoredImage[] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length > 3)
    .map((words) => {
      const labels = (words.at(-1) ?? "").split(",").map((label) => label.split("="));
      const source = labels.find(([key]) => key === sourceLabel)?.[1];
      return { name: words[0] ?? "", digest: words[2] ?? "", ...(source === undefined ? {} : { source }) };
    });
}

/** The full name that a short one stands for, as Docker understands it. */
export function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const named = isHost ? reference : `docker.io/${rest.length === 0 ? "library/" : ""}${reference}`;
  return /[:@][^/]*$/.test(named.slice(named.lastIndexOf("/"))) ? named : `${named}:latest`;
}

export const withoutTag = (name: string): string => name.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
