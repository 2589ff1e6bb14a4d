import { parse } from "yaml";
import type { Resource } from "../rule";
import { documentsOf } from "./documents";
import { at, list, type Props, record, text, walk } from "./values";

/** A configuration of Envoy, wherever a stack has it. */
export interface EnvoyConfig {
  /** For a message. */
  where: string;
  listeners: Props[];
  clusters: Props[];
}

export function envoyConfigs(resource: Resource): EnvoyConfig[] {
  return documentsOf(resource).flatMap(({ where, content }) => {
    if (!content.includes("static_resources")) return [];
    const resources = record(at(parsed(content), "static_resources"));
    const listeners = list(resources.listeners).map(record);
    const clusters = list(resources.clusters).map(record);
    return listeners.length + clusters.length > 0 ? [{ where, listeners, clusters }] : [];
  });
}

function parsed(content: string): unknown {
  try {
    return content.trimStart().startsWith("{") ? JSON.parse(content) : parse(content);
  } catch {
    return undefined;
  }
}

/** Filter chains of a listener, the default one included. */
export function chainsOf(listener: Props): Props[] {
  return [...list(listener.filter_chains), listener.default_filter_chain].map(record);
}

/** The settings of each of a chain's filters, and what they are for. */
export function filtersOf(chain: Props): { type: string; config: Props }[] {
  return list(chain.filters).map((one) => {
    const config = record(record(one).typed_config);
    return { type: (text(config["@type"]) ?? "").split(".").at(-1) as string, config };
  });
}

/** Host names a chain waits for, while TLS is passed through unread. */
export const serverNames = (chain: Props): unknown[] => list(at(chain, "filter_chain_match", "server_names"));

/** Addresses of sockets under a listener, or behind a cluster. */
export function addressesOf(part: unknown): string[] {
  const found: string[] = [];
  walk(part, (value, way) => {
    if (way.at(-1) === "address" && way.at(-2) === "socket_address") found.push(text(value) ?? "?");
  });
  return found;
}

export const isLoopback = (address: string): boolean => /^(127\.|::1$|localhost$)/.test(address);
