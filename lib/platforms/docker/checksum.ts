import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A short fingerprint of values; of secrets too, since half a SHA-256 over all of them tells nothing about one. */
export function checksum(values: pulumi.Input<string>[]): pulumi.Output<string> {
  const digest = pulumi.all(values).apply((all) => {
    return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
  });
  return pulumi.unsecret(digest);
}
