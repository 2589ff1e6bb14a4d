import * as pulumi from "@pulumi/pulumi";
import { suggest } from "../lib";
import { laptopConfig } from "./config";
import { laptop } from "./laptop";

const STACKS: Record<string, () => Record<string, unknown>> = {
  laptop: () => laptop(laptopConfig()),
};

const stack = STACKS[pulumi.getStack()];
if (!stack) {
  throw new pulumi.RunError(
    `there is no stack "${pulumi.getStack()}"; ${suggest(pulumi.getStack(), Object.keys(STACKS))}`,
  );
}

export = stack();
