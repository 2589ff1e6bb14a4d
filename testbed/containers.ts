/** The containers of a stack, as the engine knows them. */
import { run } from "./process";

const PREFIX = "zero-trust-openclaw";

export interface Found {
  readonly id: string;
  /** Id of its image. */
  readonly image: string;
  /** Ours, without their prefix. */
  readonly labels: Record<string, string>;
  /** Where its volumes are mounted. */
  readonly volumes: Record<string, string>;
}

/** The containers of an instance that have a label, and its value if one is given; those that have ended too, if wanted. */
export async function containersWith(
  instance: string,
  label: string,
  value?: string,
  { ended = false } = {},
): Promise<Found[]> {
  const wanted = value === undefined ? label : `${label}=${value}`;
  const filters = [`${PREFIX}.stack=${instance}`, `${PREFIX}.${wanted}`].flatMap((one) => ["--filter", `label=${one}`]);
  const { stdout } = await run("docker", ["ps", ended ? "-aq" : "-q", ...filters]);
  const ids = stdout.split("\n").filter(Boolean);
  if (ids.length === 0) return [];
  const all = JSON.parse((await run("docker", ["inspect", ...ids])).stdout) as {
    Id: string;
    Image: string;
    Config: { Labels: Record<string, string> };
    Mounts: { Destination: string; Name?: string }[];
  }[];
  return all.map(({ Id, Image, Config, Mounts }) => ({
    id: Id,
    image: Image,
    labels: Object.fromEntries(
      Object.entries(Config.Labels)
        .filter(([key]) => key.startsWith(`${PREFIX}.`))
        .map(([key, text]) => [key.slice(PREFIX.length + 1), text]),
    ),
    volumes: Object.fromEntries(Mounts.map(({ Destination, Name = "" }) => [Destination, Name])),
  }));
}
