/** Waits until an object does what it is for, as far as its kind lets one tell. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../api";
import { annotation, apiVersionOf, type KubeObject, kindOf, nameOf, textAt } from "../objects";
import { deploymentProbe } from "./deployment";
import { ingressProbe } from "./ingress";
import { podProbe } from "./pod";
import { claimProbe, quotaProbe, tokenProbe } from "./polled";
import { fresh, type Probe, type Subject } from "./probe";
import { serviceProbe } from "./service";
import { statefulSetProbe } from "./stateful-set";
import { readWaitFor } from "./wait-for";

interface Way {
  readonly probe: (subject: Subject) => Probe;
  /** Whether a refresh looks too, and reports what it sees. */
  readonly onRead?: true;
  /** A time of its own, instead of the resource's. */
  readonly seconds?: number;
}

const ways: Readonly<Record<string, Way>> = {
  "apps/v1/Deployment": { probe: deploymentProbe, onRead: true },
  "apps/v1/StatefulSet": { probe: statefulSetProbe, onRead: true },
  "networking.k8s.io/v1/Ingress": { probe: ingressProbe, onRead: true },
  "v1/PersistentVolumeClaim": { probe: claimProbe, seconds: 300 },
  "v1/Pod": { probe: podProbe, onRead: true },
  "v1/ResourceQuota": { probe: quotaProbe, seconds: 60 },
  "v1/Secret": { probe: tokenProbe, seconds: 5 },
  "v1/Service": { probe: serviceProbe, onRead: true },
};

const DEFAULT_SECONDS = 600;
const EVERY_MS = 300;

/** The object exists, but is not what it should be. */
export class NotReady extends Error {
  constructor(
    message: string,
    readonly object: KubeObject,
    readonly reasons: readonly string[] = [],
  ) {
    super(message);
  }
}

export interface Waiting {
  readonly api: Api;
  readonly inputs: KubeObject;
  /** The object as the server returned it. */
  readonly object: KubeObject;
  readonly existed: boolean;
  /** The resource's own limit. 0 means none. */
  readonly seconds: number;
  readonly cancelled: AbortSignal;
  /** Shows why it is not ready yet. */
  status(message: string): void;
}

/** How long creating, changing or deleting an object may take, in seconds. */
export function secondsFor(seconds: number, inputs: KubeObject): number {
  if (seconds > 0) return seconds;
  const annotated = annotation(inputs, "pulumi.com/timeoutSeconds");
  return /^[+-]?\d+$/.test(annotated) ? Number(annotated) : DEFAULT_SECONDS;
}

export const skipsAwait = (inputs: KubeObject): boolean => annotation(inputs, "pulumi.com/skipAwait") === "true";

/**
 * @returns the object when it is ready
 * @throws NotReady when its time is up
 */
export async function untilReady(waiting: Waiting): Promise<KubeObject> {
  const { inputs, object } = waiting;
  if (skipsAwait(inputs)) return object;
  const seconds = secondsFor(waiting.seconds, inputs);
  const asked = annotation(object, "pulumi.com/waitFor");
  if (asked !== "") return untilAsked(waiting, asked, seconds);
  const way = wayOf(object);
  if (way === undefined) return object;
  return poll(waiting, way.probe, way.seconds ?? seconds, (last, reasons, cancelled) => {
    if (cancelled) return new NotReady(`Resource operation was cancelled for "${nameOf(object)}"`, last, reasons);
    if (way.seconds !== undefined) return new NotReady(`Timeout occurred polling for '${nameOf(object)}'`, last);
    return new NotReady(`'${nameOf(object)}' timed out waiting to be Ready`, last, reasons);
  });
}

async function untilAsked(waiting: Waiting, asked: string, seconds: number): Promise<KubeObject> {
  const expectation = readWaitFor(asked);
  const probe = (subject: Subject): Probe => {
    let object = subject.object;
    return async () => {
      object = await fresh(subject, object);
      return { ready: expectation(object), object, reasons: [`Waiting for ${asked}`] };
    };
  };
  return poll(
    waiting,
    probe,
    seconds,
    (last, _, cancelled) => new NotReady(cancelled ? "context canceled" : "timed out waiting for the condition", last),
  );
}

/** Looks at an object that should have been ready for long. A refresh reports what it sees, and does not wait. */
export async function checkReady(api: Api, inputs: KubeObject, object: KubeObject, signal: AbortSignal) {
  const way = wayOf(object);
  if (!way?.onRead || skipsAwait(inputs)) return;
  const verdict = await way.probe({ api, object, existed: true, once: true, signal })();
  if (verdict.ready) return;
  const message = `Resource '${nameOf(object)}' was created but failed to initialize`;
  throw new NotReady(message, verdict.object, verdict.reasons);
}

function wayOf(object: KubeObject): Way | undefined {
  const kind = kindOf(object);
  if (kind.kind === "Secret" && textAt(object, "type") !== "kubernetes.io/service-account-token") return undefined;
  return ways[`${apiVersionOf(kind)}/${kind.kind}`];
}

async function poll(
  { api, object, existed, cancelled, status }: Waiting,
  probe: Way["probe"],
  seconds: number,
  failure: (last: KubeObject, reasons: readonly string[], cancelled: boolean) => NotReady,
): Promise<KubeObject> {
  const deadline = AbortSignal.timeout(seconds * 1000);
  const signal = AbortSignal.any([cancelled, deadline]);
  const look = probe({ api, object, existed, once: false, signal });
  let [last, reasons]: [KubeObject, readonly string[]] = [object, []];
  while (!signal.aborted) {
    try {
      const verdict = await look();
      if (verdict.ready) {
        if (reasons.length > 0) status("");
        return verdict.object;
      }
      const news = verdict.reasons.filter((reason) => !reasons.includes(reason));
      for (const reason of news) status(reason);
      [last, reasons] = [verdict.object, verdict.reasons];
    } catch (error) {
      // A server that is away for a moment is no reason to give up on an object that is there.
      if (!signal.aborted) reasons = [(error as Error).message];
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  throw failure(last, reasons, cancelled.aborted);
}
