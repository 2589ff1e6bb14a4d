import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Props } from "./readers/values";

export type Level = "advisory" | "mandatory";
export type Severity = "low" | "medium" | "high" | "critical";

/** What a rule is kept for. */
export interface Controls {
  /** Tenets of NIST SP 800-207, section 2.1, by number. */
  sp800207: number[];
  /** Controls of NIST SP 800-53 Rev. 5. */
  sp80053: string[];
  /** Controls of ISO/IEC 27001:2022, Annex A. */
  iso27001: string[];
}

/** A resource as the engine tells it before it is made. What cannot be known yet is `UNKNOWN`. */
export interface Resource {
  type: string;
  name: string;
  urn: string;
  props: Props;
}

/** A setting of a rule; its default is part of it. */
export type Setting = PolicyConfigSchema["properties"][string] & { description: string; default: NonNullable<unknown> };

interface Description {
  /** How configuration and exceptions name it. */
  id: string;
  level: Level;
  severity: Severity;
  /** What must be, in one sentence. */
  description: string;
  /** What happens otherwise, in one sentence. */
  why: string;
  controls: Controls;
  settings?: Record<string, Setting>;
}

/** A rule that looks at each resource alone. Pure. */
export interface ResourceRule<Settings extends object = object> extends Description {
  /** Returns what is wrong and what to do, once per fault; never a secret's value. */
  check(resource: Resource, settings: Settings): string[];
}

/** A rule that looks at all resources of a stack. Pure. */
export interface StackRule<Settings extends object = object> extends Description {
  checkStack(resources: Resource[], settings: Settings): Finding[];
}

export interface Finding {
  resource: Resource;
  message: string;
}

export type Rule = ResourceRule | StackRule;

/** What a rule's settings are where nobody set them. */
export function defaults({ settings = {} }: Rule): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, setting.default]));
}
