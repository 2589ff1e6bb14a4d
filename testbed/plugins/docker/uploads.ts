/** Files put into a container before it starts. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { ContainerInputs } from "./container-schema";

type Upload = NonNullable<ContainerInputs["uploads"]>[number];

/** An archive with one file, to be unpacked at `/`. */
export async function uploadArchive(upload: Upload): Promise<Buffer> {
  const content = await contentOf(upload);
  const archive = pack();
  archive.entry(
    { name: upload.file.replace(/^\/+/, ""), mode: modeOf(upload), uid: idOf(upload.owner), gid: idOf(upload.group) },
    content,
  );
  archive.finalize();
  return buffer(archive);
}

async function contentOf({ content, contentBase64, source, file }: Upload): Promise<Buffer> {
  const given = [content, contentBase64, source].filter(Boolean);
  const choice = "one of 'content', 'contentBase64', or 'source'";
  if (given.length === 0) throw new Error(`error with upload content of ${file}: ${choice} must be set`);
  if (given.length > 1) throw new Error(`error with upload content of ${file}: only ${choice} can be set`);
  if (source) return readFile(source);
  return content ? Buffer.from(content) : Buffer.from(contentBase64 ?? "", "base64");
}

/** `permissions` has precedence over `executable`. */
function modeOf({ permissions, executable }: Upload): number {
  if (permissions) return Number.parseInt(permissions, 8);
  return executable ? 0o744 : 0o644;
}

function idOf(id: string | undefined): number {
  return Number(id ?? 0);
}
