import type { Resource } from "../rule";
import { dockerContainer } from "./docker-container";
import { isDockerContainer } from "./kinds";
import { podContainers } from "./pod-containers";

/** A container of anything that runs containers. Where something is unknown, it is taken for good. */
export interface Container {
  /** For a message. */
  title: string;
  /** Missing if unknown. */
  image?: string;
  /** Variables with the values that are written down; unknown ones have none. */
  environment: { name: string; value?: string; from?: "secret" }[];
  /** Secrets of which every key becomes a variable. */
  environmentSecrets: string[];
  /** Program and arguments. */
  command: string[];
  privileged: boolean;
  /** Whether a program in it may gain rights that it was not started with. */
  gainsRights: boolean;
  /** Whether it runs as root, or as whoever its image says. */
  root: boolean;
  writableRoot: boolean;
  addedCapabilities: string[];
  /** Resources that have a limit. */
  limits: string[];
}

/** The containers of any resource, those that only prepare something included. */
export function containersOf(resource: Resource): Container[] {
  return isDockerContainer(resource) ? [dockerContainer(resource)] : podContainers(resource);
}
