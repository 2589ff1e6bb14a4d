/** The objects in the file that OBJECTS names, each by its own class of Pulumi's packages, as somebody would write them without components. */
import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";

interface Wanted {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Places in the list, before its own. */
  after?: number[];
}
type Resource = new (name: string, inputs: unknown, options: pulumi.CustomResourceOptions) => pulumi.Resource;

/** How Pulumi's state marks a value. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const PACKAGES: Record<string, unknown> = { kubernetes, random, tls };
const cluster = new kubernetes.Provider("cluster");

const made: pulumi.Resource[] = [];

for (const { type, name, inputs, after = [] } of JSON.parse(
  readFileSync(process.env.OBJECTS ?? "", "utf8"),
) as Wanted[]) {
  const Class = classOf(type) ?? kubernetes.apiextensions.CustomResource;
  const dependsOn = after.map((place) => made[place] as pulumi.Resource);
  const options = type.startsWith("kubernetes:") ? { provider: cluster, dependsOn } : {};
  made.push(new (Class as Resource)(name, opened(inputs), options));
}

/** `kubernetes:apps/v1:Deployment` is `kubernetes.apps.v1.Deployment`; other packages have theirs on top. */
function classOf(type: string): unknown {
  const [provider = "", path = "", kind = ""] = type.split(":");
  const steps = provider === "kubernetes" ? [...path.split("/"), kind] : [kind];
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], PACKAGES[provider]);
}

/** Where the list has no secrets, there were some. */
function opened(value: unknown): unknown {
  if (value === "[secret]") return pulumi.secret("c2VjcmV0");
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value)
    return pulumi.secret("plaintext" in value ? JSON.parse(`${value.plaintext}`) : { secret: "c2VjcmV0" });
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, opened(one)]));
}
