import { LoginKind } from "../access/login";
import { ExecPosture, FilesPosture } from "../openclaw/posture";
import { PerimeterError } from "../perimeter/error";
import { validate } from "../perimeter/validate";
import { digest } from "./digest";
import { flag, isObject, list, map, object, oneOf, optional, text, whole } from "./shape";
import { ENTRANCE_REACH, SNAPSHOT_FORMAT, type Snapshot } from "./types";
import { visible } from "./visible";

/**
 * A snapshot of what is given, with its format and digest. Values a snapshot does not know are refused by `parseSnapshot` later, so give
 * nothing else.
 */
export function takeSnapshot(content: Omit<Snapshot, "format" | "digest">): Snapshot {
  const whole = { format: SNAPSHOT_FORMAT, ...content };
  return { ...whole, digest: digest(whole) };
}

/** Why a text or value is no snapshot to compare with: what is wrong, and what to do. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

/** What a snapshot must be of, to be compared. */
export interface Expected {
  /** @default - any project */
  project?: string;
  /** @default - any stack */
  stack?: string;
}

/**
 * A snapshot from its JSON text, or from the value an engine returned for the stack's output `snapshot`.
 *
 * @throws SnapshotError if there is none, if it is unreadable, of another project, of a newer release, edited by hand, or if its
 * perimeter breaks a rule
 * @example
 * const base = parseSnapshot(readFileSync("snapshot.json", "utf8"), { project: "zero-trust-openclaw" });
 */
export function parseSnapshot(given: unknown, expected: Expected = {}): Snapshot {
  const value = typeof given === "string" ? fromJson(given) : given;
  if (value === undefined || value === null)
    throw new SnapshotError(
      "there is no snapshot; deploy once with a release that has the output `snapshot`, or compare with nothing",
    );
  if (!isObject(value) || !("format" in value) || !("perimeter" in value))
    throw new SnapshotError(
      "this is no snapshot: it has no format and no perimeter; give the stack's output `snapshot`, whole",
    );
  if (value.format !== SNAPSHOT_FORMAT) throw new SnapshotError(formatProblem(value.format));
  const problem = SHAPE(value, "");
  if (problem !== undefined)
    throw new SnapshotError(`the snapshot is damaged: ${visible(problem)}; take it from the stack's outputs again`);
  const found = value as unknown as Snapshot;
  for (const key of ["project", "stack"] as const)
    if (expected[key] !== undefined && expected[key] !== found[key])
      throw new SnapshotError(
        `the snapshot is of ${key} "${visible(found[key])}", not "${visible(expected[key])}"; give one of the same ${key}`,
      );
  const { digest: said, ...content } = found;
  if (digest(content) !== said)
    throw new SnapshotError(
      "the snapshot was edited by hand, for its digest does not fit; take it from the stack's outputs again",
    );
  checkPerimeter(found);
  return found;
}

function fromJson(json: string): unknown {
  if (json.trim() === "") return undefined;
  try {
    return JSON.parse(json);
  } catch {
    throw new SnapshotError("the snapshot is unreadable: it is no JSON; take it from the stack's outputs with --json");
  }
}

function formatProblem(format: unknown): string {
  return Number.isSafeInteger(format) && (format as number) > SNAPSHOT_FORMAT
    ? `the snapshot has format ${format}, and this release reads up to ${SNAPSHOT_FORMAT}; update this program`
    : `the snapshot's format is not ${SNAPSHOT_FORMAT}; take it from the stack's outputs again`;
}

/** Everything that compares relies on a perimeter that makes sense. */
function checkPerimeter({ perimeter }: Snapshot): void {
  try {
    validate(perimeter);
  } catch (error) {
    if (!(error instanceof PerimeterError)) throw error;
    const [first, ...others] = error.problems;
    const more = others.length > 0 ? ` (and ${others.length} more)` : "";
    throw new SnapshotError(
      `the snapshot's perimeter breaks the rules at ${visible(`${first?.path}: ${first?.message}`)}${more}; take it from the stack's outputs again`,
    );
  }
}

const texts = list(text);
const PERIMETER = object({
  trustDomain: text,
  zones: list(object({ name: text, purpose: optional(text), cidr: optional(text) })),
  workloads: list(
    object({
      name: text,
      zone: text,
      ports: map(whole),
      credentials: optional(texts),
      names: optional(texts),
      addresses: optional(texts),
    }),
  ),
  flows: list(
    object({
      from: text,
      to: text,
      port: text,
      hosts: optional(texts),
      ranges: optional(texts),
      authentication: text,
      purpose: text,
    }),
  ),
  credentials: list(object({ name: text, opens: text })),
});

const SHAPE = object({
  format: whole,
  project: text,
  stack: text,
  perimeter: PERIMETER,
  leafHours: whole,
  entrance: object({
    url: text,
    kind: oneOf(ENTRANCE_REACH),
    from: texts,
    except: texts,
    proxy: optional(text),
    tlsEndsInFront: optional(flag),
  }),
  login: oneOf(Object.values(LoginKind)),
  identityProvider: object({
    issuer: text,
    audiences: texts,
    jwks: optional(text),
    groupsClaim: text,
    acceptUnverifiedEmail: flag,
    mfa: object({ amr: texts, acr: texts }),
  }),
  roles: list(
    object({
      name: text,
      groups: texts,
      emails: texts,
      domains: texts,
      clients: texts,
      requireMfa: flag,
      scopes: texts,
      expiresAt: optional(text),
      adminEmails: texts,
    }),
  ),
  agent: object({ exec: oneOf(Object.values(ExecPosture)), files: oneOf(Object.values(FilesPosture)) }),
  digest: text,
});
