/** The images: here already, else pulled by digest, else made here from package registries. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { demandSpace, explainDisk, inWorkshop } from "../cache";
import { choose, Unavailable } from "../choose";
import { catalogue, type Image, type ImageKey, imagesFor, type PlatformName } from "../images/catalogue";
import { withLock } from "../lock";
import { cache } from "../paths";
import { elapsed, message, Problem, type Step } from "../progress";
import { outOfReach } from "../reach";

const inputsLabel = "zero-trust-openclaw.inputs";
const imageLabel = "zero-trust-openclaw.image";
/** GiB that all builds together take at their highest. */
const spaceNeeded = 6;
const atOnce = 2;

/** The content id of each image, for the stack's configuration. */
export type ImageIds = Partial<Record<ImageKey, string>>;

/** All images that a stack runs whose people sign in by `login`; those of other ways to sign in are left alone. */
export async function ensureImages(
  docker: Docker,
  step: Step,
  login?: string,
  platform?: PlatformName,
): Promise<{ value: ImageIds; chose: string }> {
  return withLock(
    join(cache, "locks", "images"),
    async () => {
      const wanted = imagesFor(login, platform);
      const larder = new Larder(docker, step, wanted.length);
      const results = await Promise.allSettled(wanted.map((image) => larder.have(image.key)));
      const failed = results.filter((result) => result.status === "rejected");
      if (failed[0] !== undefined) throw explainDisk(failed[0].reason);
      const ids = Object.fromEntries(
        await Promise.all(wanted.map(async ({ key }) => [key, (await larder.have(key)).id])),
      );
      return { value: ids as ImageIds, chose: larder.summary() };
    },
    () => step.say("waiting for another run that builds images"),
  );
}

interface Found {
  readonly id: string;
  readonly how: "here already" | "pulled" | "built here";
}

/** What one run knows about the images: each is looked for once. */
class Larder {
  private readonly asked = new Map<ImageKey, Promise<Found>>();
  private readonly turns = new Turns(atOnce);
  private readonly doing = new Map<ImageKey, string>();
  private readonly reasons = new Set<string>();
  private readonly counts = new Map<string, number>();
  private done = 0;

  constructor(
    private readonly docker: Docker,
    private readonly step: Step,
    private readonly total: number,
  ) {}

  have(key: ImageKey): Promise<Found> {
    let found = this.asked.get(key);
    if (found === undefined) {
      found = this.look(key);
      this.asked.set(key, found);
    }
    return found;
  }

  summary(): string {
    const counts = [...this.counts].map(([how, count]) => `${count} ${how}`).join(", ");
    return this.reasons.size === 0 ? counts : `${counts} (${[...this.reasons].join("; ")})`;
  }

  private async look(key: ImageKey): Promise<Found> {
    const image = catalogue.find((candidate) => candidate.key === key);
    if (image === undefined) throw new Error(`no image ${key}`);
    const started = Date.now();
    const { value, rejected } = await choose(`Image ${image.name}`, [
      { name: "here already", attempt: () => this.local(image) },
      { name: "official image", attempt: () => this.pull(image) },
      { name: "made here before", attempt: () => this.built(image) },
      { name: "built here", attempt: () => this.build(image) },
    ]).catch((error) => {
      throw error.cause instanceof Problem ? error.cause : error;
    });
    this.doing.delete(key);
    this.done += 1;
    this.tell();
    this.counts.set(value.how, (this.counts.get(value.how) ?? 0) + 1);
    const pull = rejected.find((rejection) => rejection.candidate === "official image");
    if (value.how === "built here" && image.registry !== undefined && pull !== undefined) this.reasons.add(pull.why);
    if (value.how !== "here already") this.step.note(`${image.name}: ${value.how}, ${elapsed(started)}`);
    return value;
  }

  private async local({ name, digest, registry }: Image): Promise<Found> {
    if (registry === undefined) throw new Unavailable("ours, published nowhere");
    const info = await this.inspect(digest === undefined ? name : `${name.split(":")[0]}@${digest}`);
    if (info === undefined || info.Config?.Labels?.[inputsLabel] !== undefined) throw new Unavailable("not here");
    return { id: info.Id, how: "here already" };
  }

  private async pull({ key, name, digest, registry }: Image): Promise<Found> {
    if (registry === undefined) throw new Unavailable("ours, published nowhere");
    const why = await outOfReach(registry);
    if (why !== undefined) throw new Unavailable(why);
    this.say(key, `pulling ${name}`);
    const reference = digest === undefined ? name : `${name.split(":")[0]}@${digest}`;
    await follow(this.docker, await this.docker.pull(reference), this.step.log, 60_000);
    const info = await this.inspect(reference);
    if (info === undefined) throw new Unavailable("the engine pulled it, but does not have it");
    // A Dockerfile's FROM line finds the image by its tag.
    const [repo = name, tag = "latest"] = name.split(":");
    if (digest !== undefined) await this.docker.getImage(info.Id).tag({ repo, tag });
    return { id: info.Id, how: "pulled" };
  }

  private async built(image: Image): Promise<Found> {
    const info = await this.inspect(image.name);
    // The hash asks for the images below this one; not before it matters, so that the building of both can overlap.
    const label = info?.Config?.Labels?.[inputsLabel];
    if (info === undefined || label === undefined || label !== (await this.inputs(image)))
      throw new Unavailable("not here, or made of something else");
    return { id: info.Id, how: "here already" };
  }

  private async build(image: Image): Promise<Found> {
    const { key, name, recipe } = image;
    demandSpace(spaceNeeded, "Building images");
    await inWorkshop(key, async (workshop) => {
      const context = join(workshop, "context");
      mkdirSync(context);
      const { log } = this.step;
      const heavy = <T>(body: () => Promise<T>): Promise<T> => this.turns.take(body);
      await recipe.prepare(context, { log, say: (text) => this.say(key, text), heavy });
      this.say(key, "waiting");
      const labels = { [inputsLabel]: await this.inputs(image), [imageLabel]: key };
      await heavy(async () => {
        this.say(key, `building ${name}`);
        const options = { t: name, labels, forcerm: true, networkmode: "none" };
        await follow(this.docker, await this.docker.buildImage(pack(context), options), log);
      });
    });
    const info = await this.inspect(name);
    if (info === undefined) throw new Error(`the engine built ${name}, but does not have it`);
    await this.removeOlder(key, info.Id);
    return { id: info.Id, how: "built here" };
  }

  /** A hash of everything that goes into the image, the images it is made from included. */
  private async inputs({ needs, recipe }: Image): Promise<string> {
    const hash = createHash("sha256");
    for (const input of recipe.inputs()) hash.update(`${input}\0`);
    for (const need of needs) hash.update(`${(await this.have(need)).id}\0`);
    return hash.digest("hex").slice(0, 24);
  }

  private async inspect(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    try {
      return await this.docker.getImage(reference).inspect();
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined;
      throw error;
    }
  }

  /** Images of the same recipe that lost their name to the new one. One that a container still runs stays. */
  private async removeOlder(key: ImageKey, current: string): Promise<void> {
    const filters = { label: [`${imageLabel}=${key}`], dangling: ["true"] };
    for (const { Id } of await this.docker.listImages({ filters }))
      if (Id !== current)
        await this.docker
          .getImage(Id)
          .remove()
          .catch(() => {});
  }

  private say(key: ImageKey, activity: string): void {
    this.doing.set(key, activity);
    this.tell();
  }

  private tell(): void {
    const busy = [...this.doing.values()].filter((activity) => !activity.startsWith("waiting"));
    this.step.say(`${this.done} of ${this.total} done; ${busy.join(", ")}`);
  }
}

/** Lets so many bodies run at once, in the order they ask. */
class Turns {
  private readonly waiting: (() => void)[] = [];
  constructor(private free: number) {}
  async take<T>(body: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((go) => this.waiting.push(go));
    try {
      return await body();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}

/** The folder as a tar stream that belongs to root, as a build context. */
function pack(folder: string): NodeJS.ReadableStream {
  const tar = spawn("tar", ["-C", folder, "--owner=0", "--group=0", "--numeric-owner", "-cf", "-", "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  tar.on("exit", (code) => {
    if (code !== 0) tar.stdout.destroy(new Error(`tar ended with ${code}`));
  });
  return tar.stdout;
}

interface EngineEvent {
  readonly stream?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
}

/** Writes what the engine says into the log, and rejects on what it calls an error or, if asked, when it says nothing for too long. */
async function follow(docker: Docker, stream: NodeJS.ReadableStream, log: string, silence?: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const watch = (): void => {
        if (silence === undefined) return;
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Unavailable(`nothing came for ${silence / 1000} s`)), silence);
      };
      watch();
      docker.modem.followProgress(
        stream,
        (error, events: EngineEvent[]) => {
          const failed = events?.find((event) => event.error !== undefined);
          if (error !== null && error !== undefined) reject(new Error(message(error)));
          else if (failed !== undefined) reject(new Error(failed.error));
          else resolve();
        },
        (event: EngineEvent) => {
          watch();
          if (event.progress === undefined)
            appendFileSync(log, event.stream ?? `${event.status ?? event.error ?? ""}\n`);
        },
      );
    });
  } finally {
    clearTimeout(timer);
  }
}
