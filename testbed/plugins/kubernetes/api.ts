/** The Kubernetes API as far as objects of any kind need it. */
import { apiVersionOf, type Kind, type KubeObject } from "./objects";

export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** Sends one request and returns the answer, whatever its status. */
export type Transport = (question: Question) => Promise<{ status: number; body: unknown }>;

/** What the server says instead of doing it. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly reason: string,
    readonly kind: string,
  ) {
    super(message);
  }
}

/** The server has no such kind: its definition is not there, or not there any more. */
export class NoSuchKind extends Error {
  constructor(kind: Kind) {
    super(`no matches for kind "${kind.kind}" in version "${apiVersionOf(kind)}"`);
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
export const isReason = (error: unknown, reason: string): boolean =>
  error instanceof ApiError && error.reason === reason;

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export class Api {
  readonly #resources = new Map<string, Promise<readonly ApiResource[]>>();

  constructor(readonly send: Transport) {}

  /** How the server calls the kind, or nothing where it has no such kind. */
  async find(kind: Kind): Promise<ApiResource | undefined> {
    const version = apiVersionOf(kind);
    const asked = this.#resources.get(version) ?? this.#ask(kind);
    this.#resources.set(version, asked);
    const list = await asked.catch((error) => {
      this.#resources.delete(version);
      throw error;
    });
    const found = list.find((resource) => resource.kind === kind.kind && !resource.name.includes("/"));
    // The definition may come with a later resource of the same program.
    if (found === undefined) this.#resources.delete(version);
    return found;
  }

  async #ask(kind: Kind): Promise<readonly ApiResource[]> {
    try {
      const list = await this.#call({ method: "GET", path: root(kind) });
      return (list as { resources?: readonly ApiResource[] }).resources ?? [];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  async #path(kind: Kind, namespace: string, name?: string): Promise<string> {
    const resource = await this.find(kind);
    if (resource === undefined) throw new NoSuchKind(kind);
    const folder = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
    return `${root(kind)}${folder}/${resource.name}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
  }

  async get(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<KubeObject> {
    return (await this.#call({ method: "GET", path: await this.#path(kind, namespace, name), signal })) as KubeObject;
  }

  /** Objects of a list come without the kind they are of. */
  async list(kind: Kind, namespace: string, signal?: AbortSignal): Promise<KubeObject[]> {
    const answer = await this.#call({ method: "GET", path: await this.#path(kind, namespace), signal });
    return (answer as { items?: KubeObject[] }).items ?? [];
  }

  async create(kind: Kind, object: KubeObject, namespace: string, fieldManager: string, options: WriteOptions) {
    const path = await this.#path(kind, namespace);
    const query = { fieldManager, ...dryRun(options) };
    return (await this.#call({ method: "POST", path, query, body: object, signal: options.signal })) as KubeObject;
  }

  /** Server-side apply. */
  async apply(
    kind: Kind,
    object: KubeObject,
    to: { namespace: string; name: string },
    { fieldManager, force, ...options }: WriteOptions & { fieldManager: string; force: boolean },
  ): Promise<KubeObject> {
    const path = await this.#path(kind, to.namespace, to.name);
    const query = { fieldManager, force: String(force), ...dryRun(options) };
    const contentType = "application/apply-patch+yaml";
    // JSON is YAML.
    return (await this.#call({
      method: "PATCH",
      path,
      query,
      body: object,
      contentType,
      signal: options.signal,
    })) as KubeObject;
  }

  async patch(kind: Kind, namespace: string, name: string, steps: readonly object[], signal?: AbortSignal) {
    const path = await this.#path(kind, namespace, name);
    const contentType = "application/json-patch+json";
    return (await this.#call({ method: "PATCH", path, body: steps, contentType, signal })) as KubeObject;
  }

  async delete(kind: Kind, namespace: string, name: string, propagationPolicy: string, signal?: AbortSignal) {
    const path = await this.#path(kind, namespace, name);
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy };
    await this.#call({ method: "DELETE", path, body, signal });
  }

  /** @throws when the server cannot be reached, or does not take the credentials */
  async reach(signal?: AbortSignal): Promise<void> {
    await this.#call({ method: "GET", path: "/openapi/v3", signal });
  }

  async #call(question: Question): Promise<unknown> {
    const { status, body } = await this.send(question);
    if (status < 300) return body;
    const { message, reason, details } = (typeof body === "object" && body !== null ? body : {}) as {
      message?: string;
      reason?: string;
      details?: { kind?: string };
    };
    const said = message ?? (typeof body === "string" && body.trim() !== "" ? body.trim() : `status ${status}`);
    throw new ApiError(said, status, reason ?? "", details?.kind ?? "");
  }
}

const root = (kind: Kind): string => (kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`);
const dryRun = (options: WriteOptions) => (options.dryRun ? { dryRun: "All" } : {});
