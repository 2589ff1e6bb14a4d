/**
 * Numeric users of the containers, one each. High, so that they belong to nobody on the machine: on Docker the limit of processes
 * counts everything a user runs there. Only what keeps a workload's certificate fresh runs as the workload's user too.
 */
export const USERS = {
  edge: 20101,
  guard: 20102,
  egress: 20103,
  openclaw: 20104,
  modelClient: 20105,
  identityProvider: 20106,
  demoModel: 20107,
  administrator: 20108,
  oauth2Proxy: 20109,
  loginProxy: 20110,
  valkey: 20111,
  sessionStoreProxy: 20112,
  certificateAuthority: 20113,
  trustController: 20114,
} as const;
