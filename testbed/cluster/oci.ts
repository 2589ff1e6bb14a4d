/** Images without an engine: static programs, and nothing else, as an archive in the OCI layout with one layer. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { pack } from "tar-stream";

export interface StaticImage {
  /** The full name with tag. */
  readonly name: string;
  /** Path in the image, without the leading slash, to content. All can be executed. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly entrypoint: readonly string[];
}

/** Nobody, as in most images that have no user database of a distribution. */
const user = 65532;
const architectures: Record<string, string> = { x64: "amd64", arm64: "arm64" };
const type = (name: string): string => `application/vnd.oci.image.${name}`;

interface Entry {
  readonly name: string;
  readonly content?: Buffer;
  readonly mode: number;
}

/** The same files give the same archive, and so the same digest. */
async function archive(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  for (const { name, content, mode } of entries) {
    const header = { name, mode, mtime: new Date(0), uid: 0, gid: 0 };
    if (content === undefined) tar.entry({ ...header, type: "directory" });
    else tar.entry(header, content);
  }
  tar.finalize();
  return bytes;
}

const digest = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export interface Built {
  readonly archive: Buffer;
  /** Of the manifest: what the image is called by when it must be exactly this one. */
  readonly digest: string;
}

export async function buildImage(image: StaticImage, arch: string = process.arch): Promise<Built> {
  const layer = await archive([
    { name: "etc", mode: 0o755 },
    { name: "etc/passwd", mode: 0o644, content: Buffer.from(`nonroot:x:${user}:${user}:nonroot:/:\n`) },
    { name: "etc/group", mode: 0o644, content: Buffer.from(`nonroot:x:${user}:\n`) },
    { name: "tmp", mode: 0o1777 },
    ...Object.entries(image.files).map(([name, content]) => ({ name, content, mode: 0o755 })),
  ]);
  const configuration = json({
    architecture: architectures[arch] ?? arch,
    os: "linux",
    config: { Entrypoint: image.entrypoint, User: `${user}:${user}`, Env: ["PATH=/"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config: { mediaType: type("config.v1+json"), digest: digest(configuration), size: configuration.length },
    layers: [{ mediaType: type("layer.v1.tar"), digest: digest(layer), size: layer.length }],
  });
  const index = json({
    schemaVersion: 2,
    mediaType: type("index.v1+json"),
    manifests: [
      {
        mediaType: type("manifest.v1+json"),
        digest: digest(manifest),
        size: manifest.length,
        annotations: { "io.containerd.image.name": image.name },
      },
    ],
  });
  const blobs = [layer, configuration, manifest];
  return {
    digest: digest(manifest),
    archive: await archive([
      { name: "oci-layout", mode: 0o644, content: json({ imageLayoutVersion: "1.0.0" }) },
      { name: "index.json", mode: 0o644, content: index },
      ...blobs.map((content) => ({ name: `blobs/sha256/${digest(content).slice(7)}`, mode: 0o644, content })),
    ]),
  };
}

export async function writeImage(image: StaticImage, file: string): Promise<void> {
  const out = createWriteStream(file);
  out.end((await buildImage(image)).archive);
  await finished(out);
}
