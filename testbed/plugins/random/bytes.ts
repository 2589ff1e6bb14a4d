/** `RandomId` and `RandomBytes`: random bytes in several spellings. */
import { randomBytes as cryptoBytes } from "node:crypto";
import type { Unwrap } from "@pulumi/pulumi";
import type { RandomBytesArgs, RandomIdArgs } from "@pulumi/random";
import type { Resource } from "../resource";
import { allReplace, map, number, text } from "../schema";

const atLeastOne = (count: number) =>
  count >= 1 && Number.isInteger(count) ? undefined : "must be a whole number from 1 up";

export const randomId: Resource<Unwrap<RandomIdArgs>> = {
  spec: {
    inputs: allReplace({ byteLength: number({ required: true, check: atLeastOne }), keepers: map(), prefix: text() }),
    outputs: { b64Std: text(), b64Url: text(), dec: text(), hex: text() },
  },
  async create({ byteLength, prefix = "" }) {
    const bytes = cryptoBytes(byteLength);
    const hex = bytes.toString("hex");
    const spellings = {
      b64Std: bytes.toString("base64"),
      b64Url: bytes.toString("base64url"),
      dec: BigInt(`0x${hex}`).toString(),
      hex,
    };
    const state = Object.fromEntries(Object.entries(spellings).map(([name, spelling]) => [name, prefix + spelling]));
    return { id: spellings.b64Url, state };
  },
};

export const randomBytes: Resource<Unwrap<RandomBytesArgs>> = {
  spec: {
    inputs: allReplace({ keepers: map(), length: number({ required: true, check: atLeastOne }) }),
    outputs: { base64: text({ secret: true }), hex: text({ secret: true }) },
  },
  async create({ length }) {
    const bytes = cryptoBytes(length);
    return { id: "none", state: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
};
