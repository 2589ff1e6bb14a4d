import * as pulumi from "@pulumi/pulumi";
import { parseCidr } from "../perimeter/cidr";

/**
 * Checks ranges that a host of the company's may resolve to although they are not public. Loopback and the link-local range with the
 * cloud's metadata are never among them.
 * @throws InputPropertyError for what is no IPv4 range in CIDR notation, or not an internal one
 */
export function checkPrivateRanges(ranges: string[], propertyPath: string): void {
  for (const range of ranges) {
    try {
      parseCidr(range, 8, 32);
    } catch (error) {
      throw new pulumi.InputPropertyError({ propertyPath, reason: (error as Error).message });
    }
  }
}
