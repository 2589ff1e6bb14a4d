/** What the plugin does for each question of the engine, free of the protocol's messages. */
import type { Failure, Naming } from "../check";
import type { Change } from "../diff";
import { hasSecret, hasUnknown, type Properties, reveal } from "../values";
import { type Api, ApiError, isNotFound, NoSuchKind } from "./api";
import { annotateSecrets, checkpoint, initialApiVersion, type Origin, parseCheckpoint } from "./checkpoint";
import type { Settings } from "./configuration";
import type { Connection } from "./connection";
import { forceNewPaths } from "./force-new";
import { knownScope } from "./kinds";
import { AUTONAMED, isAutonamed, isGenerated, isNamed, named, suffix } from "./naming";
import { normalizeInputs } from "./normalize";
import * as objects from "./objects";
import { type Kind, type KubeObject, withMetadata } from "./objects";
import { create, NamespaceToCome, relinquish, remove, update } from "./operations";
import { diffObjects, isIgnored, readPath, writePath } from "./patch-diff";
import { prune } from "./prune";
import { removeYaml, renderPath, renderYaml } from "./render";
import { checkReady, NotReady } from "./waiting";

/** What surrounds one question. */
export interface Call {
  readonly kind: Kind;
  readonly urn: string;
  /** The resource's own limit. 0 means none. */
  readonly seconds: number;
  readonly cancelled: AbortSignal;
  warn(message: string): void;
  status(message: string): void;
}

/** The object is there and must be recorded, but not all is well. */
export class Incomplete extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: Properties,
    readonly reasons: readonly string[],
    readonly inputs?: Properties,
  ) {
    super(message);
  }
}

export interface Difference {
  readonly changes: ReadonlyMap<string, Change>;
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

export class Provider {
  constructor(
    readonly settings: Settings,
    readonly connection: Connection,
  ) {}

  async check(news: Properties, olds: Properties | undefined, naming: Naming, call: Call) {
    const plain = reveal(news) as Properties;
    if (objects.annotation(plain, AUTONAMED) !== "")
      call.warn(`ignoring user-specified value for internal annotation "${AUTONAMED}"`);
    const plainOlds = olds && (reveal(olds) as Properties);
    let inputs = named(normalizeInputs(plain), plainOlds, naming);
    // Objects that this plugin makes carry no such label, but one that was brought in may.
    const managed = objects.textAt(plainOlds, "metadata", "labels", MANAGED_BY) === "pulumi";
    if (managed) inputs = withLabel(inputs, MANAGED_BY, "pulumi");
    if (isGenerated(inputs))
      throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
    const { defaultNamespace } = this.connection;
    if (defaultNamespace !== "" && objects.namespaceOf(inputs) === "" && (await this.#namespaced(call.kind)))
      inputs = withMetadata(inputs, "namespace", defaultNamespace);
    const checked = annotateSecrets(inputs, news);
    if (this.settings.renderYamlToDirectory && hasSecret(checked))
      call.warn("rendered YAML will contain a secret value in plaintext");
    return { inputs: checked, failures: [] as Failure[] };
  }

  async diff(state: Properties, markedNews: Properties, ignored: readonly string[]): Promise<Difference> {
    const { inputs, live } = parseCheckpoint(state);
    let news = normalizeInputs(reveal(markedNews) as Properties);
    let before = prune(live, normalizeInputs(inputs));
    if (await this.#namespaced(objects.kindOf(news))) {
      before = withMetadata(before, "namespace", objects.namespaceOf(before) || "default");
      news = withMetadata(news, "namespace", objects.namespaceOf(news) || "default");
    } else {
      before = withMetadata(before, "namespace", undefined);
      news = withMetadata(news, "namespace", undefined);
    }
    before = withMetadata(before, "resourceVersion", undefined);
    if (objects.nameOf(news) !== "") before = withMetadata(before, "name", objects.nameOf(live));
    const paths = forceNewPaths(news, {
      configMaps: this.settings.enableConfigMapMutable,
      secrets: this.settings.enableSecretMutable,
    });
    const ignoredPaths = ignored.map(readPath);
    const found = diffObjects(before, news, paths).filter(({ path }) => !isIgnored(path, ignoredPaths));
    const changes = new Map(found.map(({ path, change }) => [writePath(path), change]));
    const replaces = [...changes]
      .filter(([path, change]) => change.replaces || (change.kind === "delete" && path === "metadata"))
      .map(([path]) => path);
    const deleteBeforeReplace =
      replaces.length > 0 &&
      isNamed(news) &&
      !isAutonamed(news) &&
      objects.nameOf(news) === objects.nameOf(live) &&
      objects.namespaceOf(news) === objects.namespaceOf(live);
    return { changes, replaces, deleteBeforeReplace };
  }

  /** An empty id in a preview. */
  async create(marked: Properties, preview: boolean, call: Call): Promise<{ id: string; state: Properties }> {
    const { renderYamlToDirectory, upsertExistingObjects, enablePatchForce } = this.settings;
    if (!preview && renderYamlToDirectory === undefined) this.#demandCluster();
    const inputs = reveal(marked) as Properties;
    const asGiven = { id: "", state: marked };
    if (preview && (hasUnknown(inputs) || !(await this.#exists(call.kind)))) return asGiven;
    const origin = this.#origin({}, inputs);
    if (renderYamlToDirectory !== undefined) {
      await this.#render(inputs, marked, renderYamlToDirectory, call);
      return { id: objects.idOf(inputs), state: checkpoint(inputs, inputs, marked, origin) };
    }
    const record = (live: KubeObject): Properties => checkpoint(inputs, live, marked, origin);
    try {
      const operation = { ...this.#operation(call, inputs, origin, preview), upsert: upsertExistingObjects };
      const live = await create({ ...operation, force: enablePatchForce });
      // What a status will be, only time tells.
      const { status, ...rest } = live;
      return preview ? { id: "", state: record(rest) } : { id: objects.idOf(live), state: record(live) };
    } catch (error) {
      if (preview && this.#previewMayFail(error)) return asGiven;
      const said = (error as Error).message;
      if (error instanceof NoSuchKind) throw new Error(noDefinition("creation", call, said));
      if (!(error instanceof NotReady))
        throw new Error(`resource "${call.urn}" was not successfully created by the Kubernetes API server: ${said}`);
      const message = `resource "${call.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${said}`;
      throw new Incomplete(message, objects.idOf(error.object), record(error.object), error.reasons);
    }
  }

  async read(
    id: string,
    state: Properties,
    marked: Properties,
    call: Call,
  ): Promise<{ id: string; state: Properties; inputs: Properties } | undefined> {
    if (this.connection.api === undefined) {
      call.warn(`configured Kubernetes cluster is unreachable: ${this.connection.unreachable}`);
      if (this.settings.deleteUnreachable) return undefined;
      throw new Error(
        'failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
      );
    }
    const { namespace, name } = objects.parseId(id);
    if (name === "")
      throw new Error(`failed to read resource because of a failure to parse resource name from request ID: ${id}`);
    const { live: recorded, origin: before } = parseCheckpoint(state);
    const given = normalizeInputs(reveal(marked) as Properties);
    const imported = objects.textAt(given, "kind") === "" && objects.textAt(recorded, "kind") === "";
    const inputs =
      objects.textAt(given, "kind") === "" ? bareInputs(given, recorded, call.kind, namespace, name) : given;
    const origin = this.#origin(before, inputs);
    if (this.settings.renderYamlToDirectory !== undefined)
      return { id, state: checkpoint(inputs, recorded, state, origin), inputs: marked };
    const api = this.connection.api;
    let live: KubeObject;
    try {
      live = await api.get(objects.kindOf(inputs), objects.namespaceOf(inputs), name, call.cancelled);
    } catch (error) {
      if (isNotFound(error) || error instanceof NoSuchKind) return undefined;
      throw error;
    }
    let notReady: NotReady | undefined;
    if (!imported) {
      try {
        await checkReady(api, inputs, live, call.cancelled);
      } catch (error) {
        if (!(error instanceof NotReady)) throw error;
        notReady = error;
        live = error.object;
      }
    }
    const liveInputs = imported ? importedInputs(live) : prune(live, inputs);
    const answer = {
      id: id || objects.idOf(live),
      state: checkpoint(liveInputs, live, marked, origin),
      inputs: annotateSecrets(liveInputs, marked),
    };
    if (notReady !== undefined)
      throw new Incomplete(notReady.message, answer.id, answer.state, notReady.reasons, answer.inputs);
    return answer;
  }

  async update(
    state: Properties,
    markedNews: Properties,
    ignored: readonly string[],
    preview: boolean,
    call: Call,
  ): Promise<Properties> {
    const { renderYamlToDirectory, enablePatchForce } = this.settings;
    if (!preview && renderYamlToDirectory === undefined) this.#demandCluster();
    const inputs = normalizeInputs(reveal(markedNews) as Properties);
    if (preview && (hasUnknown(inputs) || !(await this.#exists(objects.kindOf(inputs))))) return markedNews;
    const { inputs: oldInputs, live, origin: before } = parseCheckpoint(state);
    const old = this.#origin(before, oldInputs);
    const origin = { ...old, fieldManager: this.#origin(before, inputs).fieldManager };
    if (renderYamlToDirectory !== undefined) {
      await this.#render(inputs, markedNews, renderYamlToDirectory, call);
      return checkpoint(inputs, inputs, markedNews, origin);
    }
    const operation = { ...this.#operation(call, inputs, origin, preview), live, ignored };
    try {
      const updated = await update({ ...operation, force: enablePatchForce });
      if (!preview && old.fieldManager !== origin.fieldManager)
        await relinquish(operation.api, updated, old.fieldManager);
      return checkpoint(inputs, updated, markedNews, origin);
    } catch (error) {
      const said = (error as Error).message;
      if (preview && error instanceof ApiError && error.status === 403) return markedNews;
      if (error instanceof NoSuchKind) throw new Error(noDefinition("update", call, said));
      const now = await operation.api
        .get(objects.kindOf(live), objects.namespaceOf(live), objects.nameOf(live), call.cancelled)
        .catch((second) => {
          throw new Error(
            `update of resource "${call.urn}" failed: ${said}\nunable to get cluster state: ${(second as Error).message}`,
          );
        });
      const id = objects.idOf(now);
      const message = `the Kubernetes API server reported that "${id}" failed to fully initialize or become live: ${said}`;
      const reasons = error instanceof NotReady ? error.reasons : [];
      throw new Incomplete(message, id, checkpoint(inputs, now, markedNews, origin), reasons);
    }
  }

  async delete(id: string, state: Properties, call: Call): Promise<void> {
    const { inputs, live, origin } = parseCheckpoint(state);
    if (this.settings.renderYamlToDirectory !== undefined) return removeYaml(live, this.settings.renderYamlToDirectory);
    const { api, unreachable } = this.connection;
    if (api === undefined) {
      call.warn(`configured Kubernetes cluster is unreachable: ${unreachable}`);
      if (this.settings.deleteUnreachable) return;
      throw new Error(
        'configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
      );
    }
    const { name } = objects.parseId(id);
    const { seconds, cancelled, warn } = call;
    try {
      await remove({ api, inputs, live, name, seconds, cancelled, warn });
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      const record = checkpoint(live, error.object, state, this.#origin(origin, inputs));
      throw new Incomplete(error.message, objects.idOf(error.object), record, []);
    }
  }

  #demandCluster(): Api {
    if (this.connection.api !== undefined) return this.connection.api;
    throw new Error(`configured Kubernetes cluster is unreachable: ${this.connection.unreachable}`);
  }

  #operation({ seconds, cancelled, status }: Call, inputs: KubeObject, { fieldManager }: Origin, preview: boolean) {
    return { api: this.#demandCluster(), inputs, fieldManager, preview, seconds, cancelled, status };
  }

  /** Whether the kind lives in a namespace. What nobody can tell is taken to. */
  async #namespaced(kind: Kind): Promise<boolean> {
    const known = knownScope(kind);
    if (known !== undefined) return known;
    const found = await this.connection.api?.find(kind).catch(() => undefined);
    return found?.namespaced ?? true;
  }

  /** Whether the server knows the kind, so that a preview can ask it. */
  async #exists(kind: Kind): Promise<boolean> {
    return (await this.connection.api?.find(kind).catch(() => undefined)) !== undefined;
  }

  #previewMayFail(error: unknown): boolean {
    if (error instanceof NamespaceToCome) return true;
    if (!(error instanceof ApiError)) return false;
    return error.status === 403 || error.reason === "AlreadyExists" || /does not support dry run/.test(error.message);
  }

  /** The annotation names the manager, else the state does, else chance. */
  #origin(before: Partial<Origin>, inputs: KubeObject): Origin {
    const annotated = objects.annotation(inputs, "pulumi.com/patchFieldManager");
    return {
      initialApiVersion: initialApiVersion(before, inputs),
      fieldManager: annotated || before.fieldManager || `pulumi-kubernetes-${suffix()}`,
    };
  }

  async #render(inputs: KubeObject, marked: Properties, directory: string, call: Call): Promise<void> {
    const path = renderPath(inputs, directory);
    if (hasSecret(marked)) call.warn(`rendered file ${path} contains a secret value in plaintext`);
    await renderYaml(inputs, directory);
    call.status(`rendered ${path}`);
  }
}

const MANAGED_BY = "app.kubernetes.io/managed-by";

function withLabel(object: KubeObject, key: string, value: string): KubeObject {
  const labels = objects.at(object, "metadata", "labels") ?? {};
  return objects.isObject(labels) ? withMetadata(object, "labels", { ...labels, [key]: value }) : object;
}

/** What is known of an object that the program has not described: its kind and its name. */
function bareInputs(given: KubeObject, recorded: KubeObject, kind: Kind, namespace: string, name: string): KubeObject {
  const known = objects.textAt(recorded, "kind") !== "";
  const identity = {
    apiVersion: known ? objects.textAt(recorded, "apiVersion") : objects.apiVersionOf(kind),
    kind: known ? objects.textAt(recorded, "kind") : kind.kind,
  };
  const metadata = { name, ...(namespace && { namespace }), ...(objects.isObject(given.metadata) && given.metadata) };
  return { ...given, ...identity, metadata };
}

/** All that a program could have written to get this object. */
function importedInputs(live: KubeObject): KubeObject {
  const { status, ...inputs } = live;
  const { creationTimestamp, generation, managedFields, resourceVersion, uid, ...metadata } = objects.isObject(
    live.metadata,
  )
    ? live.metadata
    : {};
  if (!objects.isObject(metadata.annotations)) return { ...inputs, metadata };
  const own = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];
  const annotations = Object.entries(metadata.annotations).filter(([key]) => !own.includes(key));
  return { ...inputs, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } };
}

function noDefinition(what: "creation" | "update", { urn, kind }: Call, said: string): string {
  const version = `${objects.apiVersionOf(kind)}/${kind.kind}`;
  const which =
    what === "creation" ? `creation of resource "${urn}" with kind ${version}` : `update of resource "${urn}"`;
  return `${which} failed because the Kubernetes API server reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: ${said}`;
}
