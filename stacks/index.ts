import * as pulumi from "@pulumi/pulumi";
import { suggest } from "../lib";
import { clusterConfig } from "./cluster-config";
import { laptopConfig } from "./config";
import { laptop } from "./laptop";
import { production } from "./production";
import { staging } from "./staging";

const STACKS: Record<string, () => Record<string, unknown>> = {
  laptop: () => laptop(laptopConfig()),
  staging: () => staging(clusterConfig()),
  production: () => production(clusterConfig()),
};

const stack = STACKS[pulumi.getStack()];
if (!stack) {
  throw new pulumi.RunError(
    `there is no stack "${pulumi.getStack()}"; ${suggest(pulumi.getStack(), Object.keys(STACKS))}`,
  );
}

export = stack();
