import type { VerifyDriver } from "../../verify/driver";
import type { Answer, Order } from "./probe";

/** Where an attacker is. */
export type Position =
  /** Outside, where people's browsers are. */
  | "internet"
  /** Inside a workload: its network, its user, its files; of several containers the one named, otherwise the main one. */
  | { workload: string; container?: string }
  /** Attached to the network between two workloads by somebody who may do that, without being either. */
  | { strangerBetween: [string, string] };

/** What the suite needs of a platform. A new platform supplies this, and no case changes. */
export interface ConformanceDriver extends VerifyDriver {
  /** Carries out an order from a position. */
  exchange(position: Position, order: Order): Promise<Answer>;
  /** The address at which `to` accepts what `from` may send. */
  addressBetween(from: string, to: string): Promise<string>;
  /** Every address of a workload. */
  addressesOf(workload: string): Promise<string[]>;
  /** The lines a workload's main container has written lately. */
  log(workload: string): Promise<string[]>;
  /** The configuration of a workload's Envoy. */
  configuration(workload: string): Promise<string>;
  /** Replaces that configuration behind the deployment's back, and returns when the workload works with it. */
  reconfigure(workload: string, configuration: string): Promise<void>;
  /** Ends every probe. */
  close(): Promise<void>;
}
