import { PolicyPack } from "@pulumi/policy";
import { today } from "./clock";
import { policies } from "./pack";
import { RULES } from "./rules";

new PolicyPack("zero-trust-openclaw", {
  description: "What must hold for OpenClaw behind zero trust.",
  policies: policies(RULES, today),
});
