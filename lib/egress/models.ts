import * as pulumi from "@pulumi/pulumi";
import { suggest } from "../perimeter";
import type { Model } from "./model";
import { checkPrivateRanges } from "./private-ranges";

/** A model provider OpenClaw may call. */
export interface ModelArgs {
  /** `"openai"`, for OpenAI itself and every service that speaks its chat completions. */
  provider: string;
  /**
   * Ends as a file in the egress gateway, never in OpenClaw.
   * @default - required, unless the platform has `model-<provider>` already, with `-2` behind it for the second of one provider
   */
  apiKey?: pulumi.Input<string>;
  /**
   * Model OpenClaw asks for.
   * @default "gpt-5.5"
   */
  model?: string;
  /**
   * https URL before `/chat/completions`.
   * @default "https://api.openai.com/v1"
   */
  baseUrl?: string;
  /**
   * Private ranges the host may resolve to, such as `"10.20.0.0/16"`, for a model inside the company. A host that resolves to any other
   * address that is not public is refused.
   * @default - none
   */
  privateRanges?: string[];
}

const PROVIDERS: Record<string, Omit<Model, "provider" | "privateRanges">> = {
  openai: { baseUrl: "https://api.openai.com/v1", model: "gpt-5.5", keyHeader: "authorization", keyPrefix: "Bearer " },
};

/**
 * Completes and checks a provider.
 * @throws InputPropertyError for an unknown provider, a URL that is not https, or a range that is not private
 */
export function resolveModel(args: ModelArgs, propertyPath: string): Model {
  const known = Object.hasOwn(PROVIDERS, args.provider) ? PROVIDERS[args.provider] : undefined;
  if (!known) {
    const reason = `"${args.provider}" is no model provider this library knows; ${suggest(args.provider, Object.keys(PROVIDERS))}`;
    throw new pulumi.InputPropertyError({ propertyPath: `${propertyPath}.provider`, reason });
  }
  const baseUrl = args.baseUrl ?? known.baseUrl;
  if (!URL.canParse(baseUrl) || new URL(baseUrl).protocol !== "https:") {
    const reason = `"${baseUrl}" is no https URL; the key would travel in the clear. Write it as ${known.baseUrl}`;
    throw new pulumi.InputPropertyError({ propertyPath: `${propertyPath}.baseUrl`, reason });
  }
  const { privateRanges = [] } = args;
  checkPrivateRanges(privateRanges, `${propertyPath}.privateRanges`);
  return { ...known, privateRanges, provider: args.provider, baseUrl, model: args.model ?? known.model };
}
