/** Brings images of a Docker engine onto the node, which can pull nothing. */
import type Docker from "dockerode";
import { type Containerd, fullName, withoutTag } from "./containerd";

/** References as Docker has them to what a pod may call exactly the same image. */
export type ImportedImages = Readonly<Record<string, string>>;
export type ImportImages = (docker: Docker, references: readonly string[]) => Promise<ImportedImages>;

export const importer =
  (containerd: Containerd, say: (activity: string) => void = () => {}): ImportImages =>
  async (docker, references) => {
    const stored = await containerd.images();
    const exact: Record<string, string> = {};
    for (const reference of references) {
      const { Id } = await docker.getImage(reference).inspect();
      const name = fullName(reference);
      const found = stored.find((image) => image.name === name && image.source === Id);
      const have = stored.some((image) => image.name === `${withoutTag(name)}@${found?.digest}`);
      let digest = found?.digest;
      if (digest === undefined || !have) {
        say(`bringing ${reference} onto the node`);
        digest = await containerd.importImage(name, Id, await docker.getImage(reference).get());
      }
      exact[reference] = `${withoutTag(reference)}@${digest}`;
    }
    return exact;
  };
