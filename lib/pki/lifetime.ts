import * as pulumi from "@pulumi/pulumi";

/** Leaves live this long at most: what a stolen one is worth. */
export const MAX_LEAF_HOURS = 24;

/**
 * Hours of a leaf's lifetime such as `"24h"`.
 * @throws InputPropertyError for anything but 1h to 24h in whole hours
 */
export function leafHours(lifetime: string, propertyPath: string): number {
  const hours = /^(\d{1,4})h$/.exec(lifetime)?.[1];
  if (hours === undefined || Number(hours) < 1) {
    throw refuse(propertyPath, `"${lifetime}" is no lifetime; write whole hours from "1h" to "${MAX_LEAF_HOURS}h"`);
  }
  if (Number(hours) > MAX_LEAF_HOURS) {
    const why = "a stolen certificate must be worthless within a day";
    throw refuse(propertyPath, `"${lifetime}" is too long: ${why}; use at most "${MAX_LEAF_HOURS}h"`);
  }
  return Number(hours);
}

function refuse(propertyPath: string, reason: string): Error {
  return new pulumi.InputPropertyError({ propertyPath, reason });
}
