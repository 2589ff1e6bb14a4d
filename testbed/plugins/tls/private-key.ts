/** `PrivateKey`. The OpenSSH spellings and fingerprints are left out: nothing here uses SSH. */
import { createHash } from "node:crypto";
import type { Unwrap } from "@pulumi/pulumi";
import type { PrivateKeyArgs } from "@pulumi/tls";
import type { Resource } from "../resource";
import { allReplace, number, text } from "../schema";
import { ALGORITHM_NAMES, CURVE_NAMES, generateKey, publicDer, traditionalPem } from "./keys";

const oneOf = (names: readonly string[]) => (value: string) =>
  names.includes(value) ? undefined : `must be one of ${names.join(", ")}`;

export const privateKey: Resource<Unwrap<PrivateKeyArgs>> = {
  spec: {
    inputs: allReplace({
      algorithm: text({ required: true, check: oneOf(ALGORITHM_NAMES) }),
      ecdsaCurve: text({ default: "P224", check: oneOf(CURVE_NAMES) }),
      rsaBits: number({ default: 2048 }),
    }),
    outputs: {
      privateKeyPem: text({ secret: true }),
      privateKeyPemPkcs8: text({ secret: true }),
      publicKeyPem: text(),
    },
  },
  async create({ algorithm, ecdsaCurve = "P224", rsaBits = 2048 }) {
    const key = await generateKey(algorithm, ecdsaCurve, rsaBits);
    const publicKey = publicDer(key);
    const state = {
      privateKeyPem: traditionalPem(key),
      privateKeyPemPkcs8: key.export({ format: "pem", type: "pkcs8" }),
      publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${publicKey.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END PUBLIC KEY-----\n`,
    };
    return { id: createHash("sha1").update(publicKey).digest("hex"), state };
  },
};
