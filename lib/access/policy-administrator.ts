import type { RecordPlace } from "../platforms";
import type { Role } from "./role";

/** Headers by which the guard tells the policy administrator who signs out. */
export const SUBJECT_HEADER = "x-zt-subject";
export const SESSION_HEADER = "x-zt-session";

/** Ports of the policy administrator on the guard's loopback. */
export interface AdministratorPorts {
  /** Envoy's extension discovery and external processing. */
  grpc: number;
  /** Signing out. */
  http: number;
}

export const ADMINISTRATOR_PORTS: AdministratorPorts = { grpc: 9101, http: 9102 };

/** Image of the policy administrator, used unless the component is given another. */
export const ADMINISTRATOR_IMAGE = "zero-trust-openclaw/policy-administrator:0.1.0";

export interface AdministratorConfigArgs {
  /** A directory that outlives the container, or a record that all guards share. */
  list: string | RecordPlace;
  /** Unix socket for commands. */
  socket: string;
  /** Where a signed-out browser goes next. */
  signedOut: string;
  roles: Role[];
}

/** A session that was signed out is refused for as long as its cookie could last. */
const SESSION_HOURS = 8;

/**
 * Configuration of the policy administrator beside the guard's Envoy: it refuses those who were revoked, and ends their WebSockets at
 * once, as it does when a role ends. Pure.
 */
export function administratorConfig({ list, socket, signedOut, roles }: AdministratorConfigArgs): string {
  const ending = roles.flatMap(({ name, expiresAt }) => (expiresAt ? [[name, expiresAt]] : []));
  return JSON.stringify({
    grpc: `127.0.0.1:${ADMINISTRATOR_PORTS.grpc}`,
    http: `127.0.0.1:${ADMINISTRATOR_PORTS.http}`,
    ...(typeof list === "string" ? { state: list } : { secret: list }),
    socket,
    signedOut,
    grants: Object.fromEntries(ending),
    sessionHours: SESSION_HOURS,
  });
}
