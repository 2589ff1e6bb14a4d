/** Makes, changes and removes objects in the cluster. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, ApiError, isNotFound, isReason, NoSuchKind } from "./api";
import { CREATOR, handOverFields, isCreatedByPulumi, withoutIgnored } from "./fields";
import { annotation, apiVersionOf, type KubeObject, kindOf, listAt, nameOf, namespaceOf, textAt } from "./objects";
import { NotReady, secondsFor, skipsAwait, untilReady, type Waiting } from "./waiting";

export interface Operation {
  readonly api: Api;
  readonly inputs: KubeObject;
  readonly fieldManager: string;
  readonly preview: boolean;
  /** The resource's own limit. 0 means none. */
  readonly seconds: number;
  readonly cancelled: AbortSignal;
  status(message: string): void;
}

/** A preview cannot ask the server about an object in a namespace that is not there yet. */
export class NamespaceToCome extends Error {}

/** Objects may come before their namespace or their definition: in the order of a program they often do. */
const RETRIES = 5;

export async function create(operation: Operation & { upsert: boolean; force: boolean }): Promise<KubeObject> {
  const { preview, cancelled, status } = operation;
  let delay = 1000;
  for (let attempt = 0; ; attempt++) {
    try {
      const object = await send(operation);
      return preview ? object : await untilReady({ ...waiting(operation), object, existed: false });
    } catch (error) {
      if (error instanceof NotReady) throw error;
      if (preview && isNotFound(error) && (error as ApiError).kind === "namespaces") throw new NamespaceToCome();
      if (attempt === RETRIES || !(isNotFound(error) || error instanceof NoSuchKind)) throw explained(error);
      status(`Retry #${attempt}; creation failed: ${(error as Error).message}`);
      await sleep(delay, undefined, { signal: cancelled });
      delay *= 2;
    }
  }
}

async function send(operation: Operation & { upsert: boolean; force: boolean }): Promise<KubeObject> {
  const { api, inputs, fieldManager, preview, upsert, force, cancelled } = operation;
  const kind = kindOf(inputs);
  const [namespace, name] = [namespaceOf(inputs), nameOf(inputs)];
  const options = { dryRun: preview, signal: cancelled };
  if (!upsert) return api.create(kind, inputs, namespace, CREATOR, options);
  const forced = force || preview || forces(inputs);
  try {
    return await api.apply(kind, inputs, { namespace, name }, { ...options, fieldManager, force: forced });
  } catch (error) {
    throw conflictExplained(error, fieldManager);
  }
}

const forces = (inputs: KubeObject): boolean => annotation(inputs, "pulumi.com/patchForce") === "true";

/** Server-side apply. The fields that the program does not set belong to others. */
export async function update(
  operation: Operation & { live: KubeObject; ignored: readonly string[]; force: boolean },
): Promise<KubeObject> {
  const { api, inputs, fieldManager, preview, cancelled, live: recorded, ignored } = operation;
  const kind = kindOf(inputs);
  const to = { namespace: namespaceOf(inputs), name: nameOf(recorded) };
  let live = await api.get(kind, to.namespace, to.name, cancelled);
  const steps = preview ? [] : handOverFields(live, fieldManager);
  if (steps.length > 0) live = await api.patch(kind, to.namespace, to.name, steps, cancelled);
  const force =
    operation.force ||
    forces(inputs) ||
    (preview && isCreatedByPulumi(live)) ||
    listAt(live, "metadata", "managedFields").length === 0;
  const wanted = withoutIgnored(inputs, live, ignored, fieldManager);
  let object: KubeObject;
  try {
    object = await api.apply(kind, wanted, to, { fieldManager, force, dryRun: preview, signal: cancelled });
  } catch (error) {
    throw conflictExplained(error, fieldManager);
  }
  return preview ? object : untilReady({ ...waiting(operation), object, existed: true });
}

/** Gives up all fields that were set in this name. */
export async function relinquish(api: Api, object: KubeObject, fieldManager: string): Promise<void> {
  const to = { namespace: namespaceOf(object), name: nameOf(object) };
  const [apiVersion, kind] = [textAt(object, "apiVersion"), textAt(object, "kind")];
  const bare = { apiVersion, kind, metadata: { name: to.name, ...(to.namespace && { namespace: to.namespace }) } };
  await api.apply(kindOf(object), bare, to, { fieldManager, force: false });
}

/** Kinds for which `skipAwait` also means not to wait until they are gone. The official plugin keeps that for old programs. */
const goneLater: ReadonlySet<string> = new Set(["v1/Namespace", "v1/Pod", "apps/v1/Deployment", "apps/v1/StatefulSet"]);

/**
 * Deletes the object and waits until it is gone.
 *
 * @param live - the object as recorded
 */
export async function remove({
  api,
  inputs,
  live,
  name,
  seconds,
  cancelled,
  warn,
}: Pick<Operation, "api" | "inputs" | "seconds" | "cancelled"> & {
  live: KubeObject;
  name: string;
  warn(message: string): void;
}): Promise<void> {
  const kind = kindOf(live);
  const namespace = namespaceOf(live);
  try {
    await api.delete(kind, namespace, name, propagation(inputs), cancelled);
  } catch (error) {
    if (isNotFound(error) || error instanceof NoSuchKind) return;
    throw error;
  }
  if (skipsAwait(inputs) && goneLater.has(`${apiVersionOf(kind)}/${kind.kind}`)) return;
  const deadline = AbortSignal.timeout(secondsFor(seconds, inputs) * 1000);
  const signal = AbortSignal.any([cancelled, deadline]);
  let last = live;
  for (;;) {
    try {
      const found = await api.get(kind, namespace, name, cancelled);
      // Something made it again already: the one that was to go is gone.
      if (textAt(found, "metadata", "uid") !== textAt(live, "metadata", "uid")) return;
      last = found;
    } catch (error) {
      if (isNotFound(error) || error instanceof NoSuchKind) return;
      if (cancelled.aborted) throw new NotReady("context canceled", last);
    }
    if (deadline.aborted) break;
    await sleep(200, undefined, { signal }).catch(() => {});
  }
  warn(`finalizers might be preventing deletion (${listAt(last, "metadata", "finalizers").join(", ")})`);
  throw new NotReady("timed out waiting for the condition", last);
}

function propagation(inputs: KubeObject): string {
  switch (annotation(inputs, "pulumi.com/deletionPropagationPolicy").toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

const waiting = ({ api, inputs, seconds, cancelled, status }: Operation): Omit<Waiting, "object" | "existed"> => ({
  api,
  inputs,
  seconds,
  cancelled,
  status,
});

const conflictGuide =
  "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources";

function conflictExplained(error: unknown, fieldManager: string): unknown {
  if (!isReason(error, "Conflict")) return error;
  const { message, status, reason, kind } = error as ApiError;
  const said = [
    `server-side apply field conflict detected, see ${conflictGuide} for troubleshooting help`,
    `The resource managed by field manager "${fieldManager}" had an apply conflict: ${message}`,
  ];
  return new ApiError(said.join("\n"), status, reason, kind);
}

const existsAdvice = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;

function explained(error: unknown): unknown {
  if (!isReason(error, "AlreadyExists")) return error;
  const { message, status, reason, kind } = error as ApiError;
  return new ApiError(message + existsAdvice, status, reason, kind);
}
