import * as pulumi from "@pulumi/pulumi";
import { suggest } from "../perimeter";
import type { Model } from "./model";

/** A model provider OpenClaw may call. */
export interface ModelArgs {
  /** `"openai"`, for OpenAI itself and every service that speaks its chat completions. */
  provider: string;
  /** Ends as a file in the egress gateway, never in OpenClaw. */
  apiKey: pulumi.Input<string>;
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
}

const PROVIDERS: Record<string, Omit<Model, "provider">> = {
  openai: { baseUrl: "https://api.openai.com/v1", model: "gpt-5.5", keyHeader: "authorization", keyPrefix: "Bearer " },
};

/**
 * Completes and checks a provider.
 * @throws InputPropertyError for an unknown provider or a URL that is not https
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
  return { ...known, provider: args.provider, baseUrl, model: args.model ?? known.model };
}
