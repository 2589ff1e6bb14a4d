/** `RandomString` and `RandomPassword`: the same text, secret in one of them. */

import type { Unwrap } from "@pulumi/pulumi";
import type { RandomPasswordArgs } from "@pulumi/random";
import type { Resource } from "../resource";
import { allReplace, flag, map, number, text } from "../schema";
import { randomText, type TextRules } from "./characters";

type Inputs = Unwrap<RandomPasswordArgs>;

const INPUTS = allReplace({
  keepers: map(),
  length: number({ required: true }),
  lower: flag({ default: true }),
  minLower: number({ default: 0 }),
  minNumeric: number({ default: 0 }),
  minSpecial: number({ default: 0 }),
  minUpper: number({ default: 0 }),
  // The old name of `numeric`.
  number: flag({ computed: true }),
  numeric: flag({ computed: true }),
  overrideSpecial: text(),
  special: flag({ default: true }),
  upper: flag({ default: true }),
});

function generate(inputs: Inputs): { result: string; numeric: boolean; number: boolean } {
  const numeric = inputs.numeric ?? inputs.number ?? true;
  if (inputs.number !== undefined && inputs.number !== numeric)
    throw new Error("number is the old name of numeric: set only numeric");
  return { result: randomText({ ...(inputs as unknown as TextRules), numeric }), numeric, number: numeric };
}

export const randomString: Resource<Inputs> = {
  spec: { inputs: INPUTS, outputs: { result: text() } },
  async create(inputs) {
    const state = generate(inputs);
    return { id: state.result, state };
  },
};

/** `bcryptHash` is left out: it would need a dependency, and nothing here asks for it. */
export const randomPassword: Resource<Inputs> = {
  spec: { inputs: INPUTS, outputs: { result: text({ secret: true }) } },
  async create(inputs) {
    // The id is shown in clear text, so it must not be the password.
    return { id: "none", state: generate(inputs) };
  },
};
