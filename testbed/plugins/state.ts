/** How what a resource reports becomes what the engine records: nothing missing, secrets marked, spelling kept. */
import { DEFAULTS_KEY } from "./check";
import { same } from "./diff";
import type { ResourceSpec } from "./schema";
import {
  hasSecret,
  type Json,
  type Properties,
  reveal,
  Secret,
  SHORTEST_REDACTED,
  UNKNOWN,
  type Value,
} from "./values";

/** Marks a resource that failed while it was being made. The next `up` replaces it, as it would with the official plugins' "tainted". */
export const TAINTED_KEY = "__tainted";

/**
 * The state to record.
 *
 * @param reported - what the resource says, plain
 * @param known - inputs or earlier state: their secret marks and, where nothing changed, their spelling are kept
 */
export function recordedState(spec: ResourceSpec, reported: object, ...known: readonly Properties[]): Properties {
  const entries = Object.entries(reported as Record<string, Value | undefined>)
    .filter(
      (entry): entry is [string, Value] => entry[1] !== undefined && entry[1] !== null && entry[0] !== DEFAULTS_KEY,
    )
    .map(([name, value]): [string, Value] => [name, recordedValue(spec, name, value, known)]);
  return Object.fromEntries(entries);
}

function recordedValue(spec: ResourceSpec, name: string, value: Value, known: readonly Properties[]): Value {
  const property = spec.inputs[name] ?? spec.outputs[name];
  const earlier = known.map((properties) => properties[name]).filter((item) => item !== undefined);
  const spelled = earlier.find((item) => property !== undefined && same(property, item, value));
  const plain = spelled === undefined ? value : reveal(spelled);
  // One secret part makes the whole property secret, as the official plugins have it.
  return property?.secret || earlier.some(hasSecret) ? new Secret(plain) : plain;
}

/** Names of properties that would be recorded in plain text although they contain one of the secrets. */
export function leakingProperties(state: Properties, secrets: readonly string[]): string[] {
  const searched = secrets.map((secret) => secret.trim()).filter((secret) => secret.length >= SHORTEST_REDACTED);
  const leaks = (value: Value): boolean => {
    if (typeof value === "string") return searched.some((secret) => value.includes(secret));
    return (
      value !== null && typeof value === "object" && !(value instanceof Secret) && Object.values(value).some(leaks)
    );
  };
  return Object.keys(state).filter((name) => leaks(state[name] as Value));
}

/** The state with these properties made secret. */
export function withSecrets(state: Properties, names: readonly string[]): Properties {
  return { ...state, ...Object.fromEntries(names.map((name) => [name, new Secret(state[name] as Value)])) };
}

/** What a preview shows of a resource that is not made yet. */
export function previewedState(spec: ResourceSpec, inputs: Properties): Properties {
  const computed = Object.entries({ ...spec.inputs, ...spec.outputs })
    .filter(([name, property]) => inputs[name] === undefined && (property.computed || spec.outputs[name] !== undefined))
    .map(([name, property]): [string, Value] => [name, property.secret ? new Secret(UNKNOWN) : UNKNOWN]);
  return { ...withoutDefaultsKey(inputs), ...Object.fromEntries(computed) };
}

/** The recorded state with new inputs in place of the old ones. What is computed or empty stays when the program leaves it out. */
export function updatedState(spec: ResourceSpec, state: Properties, inputs: Properties): Properties {
  const kept = Object.entries(state).filter(([name]) => {
    const property = spec.inputs[name];
    return (
      property === undefined ||
      property.computed ||
      inputs[name] !== undefined ||
      same(property, state[name], undefined)
    );
  });
  return { ...Object.fromEntries(kept), ...withoutDefaultsKey(inputs) };
}

/** The inputs after a refresh: what the program said, unless the state says otherwise now. */
export function refreshedInputs(spec: ResourceSpec, inputs: Properties, state: Properties): Properties {
  const entries = Object.entries(inputs).map(([name, value]): [string, Value | undefined] => {
    const property = spec.inputs[name];
    return [name, property === undefined || same(property, value, state[name]) ? value : state[name]];
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

/** Plain values for the code that does the work. */
export function plain(properties: Properties): Record<string, Json> {
  return reveal(withoutDefaultsKey(properties)) as Record<string, Json>;
}

function withoutDefaultsKey(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== DEFAULTS_KEY));
}
