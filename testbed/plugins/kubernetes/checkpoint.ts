/** How an object is kept in the engine's state: the live object, beside it under `__inputs` what the program asked for, and every secret marked. */
import { hasSecret, type Properties, reveal, Secret, type Value } from "../values";
import { isObject, type KubeObject, textAt } from "./objects";

export interface Origin {
  /** The version the object was first made with. */
  readonly initialApiVersion: string;
  /** Whom the server holds responsible for the fields that the program sets. */
  readonly fieldManager: string;
}

const INPUTS = "__inputs";
const INITIAL_API_VERSION = "__initialApiVersion";
const FIELD_MANAGER = "__fieldManager";

/** @param marked - the program's properties with their secret marks */
export function checkpoint(inputs: KubeObject, live: KubeObject, marked: Properties, origin: Origin): Properties {
  return {
    ...annotateSecrets(live, marked),
    [INPUTS]: annotateSecrets(inputs, marked),
    [INITIAL_API_VERSION]: origin.initialApiVersion,
    [FIELD_MANAGER]: origin.fieldManager,
  };
}

/** What a state holds, plain. A state of before the first checkpoint holds nothing. */
export function parseCheckpoint(state: Properties): { inputs: KubeObject; live: KubeObject; origin: Partial<Origin> } {
  const {
    [INPUTS]: inputs,
    [INITIAL_API_VERSION]: initialApiVersion,
    [FIELD_MANAGER]: fieldManager,
    ...live
  } = reveal(state) as Properties;
  return {
    inputs: isObject(inputs) ? inputs : {},
    live,
    origin: {
      ...(typeof initialApiVersion === "string" && { initialApiVersion }),
      ...(typeof fieldManager === "string" && { fieldManager }),
    },
  };
}

/** Puts secret marks where the known properties have them. All that a Secret holds is secret, whether the program says so or not. */
export function annotateSecrets(object: Properties, marked: Properties): Properties {
  if (object.kind === "Secret") {
    const held = Object.entries(object).map(([key, value]): [string, Value] => [
      key,
      (key === "data" || key === "stringData") && !(value instanceof Secret) ? new Secret(value) : value,
    ]);
    return Object.fromEntries(held);
  }
  const entries = Object.entries(object).map(([key, value]): [string, Value] => {
    const known = marked[key];
    if (known === undefined) return [key, value];
    if (isObject(value) && isObject(known)) return [key, annotateSecrets(value, known)];
    return [key, hasSecret(known) && !(value instanceof Secret) ? new Secret(value) : value];
  });
  return Object.fromEntries(entries);
}

/** The version a state was first made with. */
export function initialApiVersion(origin: Partial<Origin>, inputs: KubeObject): string {
  return origin.initialApiVersion ?? textAt(inputs, "apiVersion");
}
