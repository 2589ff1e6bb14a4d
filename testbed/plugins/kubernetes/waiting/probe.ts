/** What every way of waiting for an object shares. */
import type { Value } from "../../values";
import { type Api, isNotFound } from "../api";
import { type Kind, type KubeObject, kindOf, listAt, nameOf, namespaceOf, textAt } from "../objects";

/** How an object stands. */
export interface Verdict {
  readonly ready: boolean;
  /** The object as it was last seen. */
  readonly object: KubeObject;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
}

/** What is looked at. */
export interface Subject {
  readonly api: Api;
  /** The object as the server had it after the change. */
  readonly object: KubeObject;
  /** Whether the object was there before the change. */
  readonly existed: boolean;
  /** Looked at once, for a refresh: nothing can be waited for. */
  readonly once: boolean;
  readonly signal: AbortSignal;
}

/** Looks at the object once. It may remember what it saw before. */
export type Probe = () => Promise<Verdict>;

/** The object now, or as it was last seen when it is gone. */
export async function fresh({ api, object, signal, once }: Subject, last: KubeObject = object): Promise<KubeObject> {
  try {
    return await api.get(kindOf(object), namespaceOf(object), nameOf(object), signal);
  } catch (error) {
    if (once || !isNotFound(error)) throw error;
    return last;
  }
}

/** All objects of a kind beside this one. Without the right to list them, there are none: they only help to explain. */
export async function neighbours({ api, object, signal }: Subject, kind: Kind): Promise<KubeObject[]> {
  return api.list(kind, namespaceOf(object), signal).catch((error) => {
    signal.throwIfAborted();
    if (error instanceof Error) return [];
    throw error;
  });
}

export const core = (kind: string): Kind => ({ group: "", version: "v1", kind });
export const apps = (kind: string): Kind => ({ group: "apps", version: "v1", kind });

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = textAt(owner, "metadata", "uid");
  return listAt(object, "metadata", "ownerReferences").some((reference) => textAt(reference, "uid") === uid);
}

export function condition(object: KubeObject, type: string): Value | undefined {
  return listAt(object, "status", "conditions").find((candidate) => textAt(candidate, "type") === type);
}
