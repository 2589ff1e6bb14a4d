import { finding, missing, sorted } from "../findings";
import { beyond } from "../ranges";
import { ENTRANCE_REACH, type Entrance, type Finding, type IdentityProviderSnapshot, type Snapshot } from "../types";

/** Who says who people are, how they come in, and how long certificates live. */
export function compareAccess(before: Snapshot, after: Snapshot): Finding[] {
  return [
    ...compareProvider(before.identityProvider, after.identityProvider),
    ...compareEntrances(before.entrance, after.entrance),
    ...(before.login === after.login ? [] : [finding("login-changed", "login", [before.login], [after.login])]),
    ...compareLifetimes(before.leafHours, after.leafHours),
  ];
}

function compareProvider(before: IdentityProviderSnapshot, after: IdentityProviderSnapshot): Finding[] {
  const [was, is] = [authority(before), authority(after)];
  const changed = missing(was, is).length + missing(is, was).length > 0;
  const [wider, narrower] = [missing(believed(after), believed(before)), missing(believed(before), believed(after))];
  const subject = "identity provider";
  return [
    ...(changed ? [finding("identity-provider-changed", subject, was, is)] : []),
    ...(wider.length > 0 ? [finding("identity-checks-weakened", subject, [], wider)] : []),
    ...(narrower.length > 0 ? [finding("identity-checks-strengthened", subject, narrower)] : []),
  ];
}

/** Whose tokens say what. Another claim for the groups gives everybody other roles. */
function authority({ issuer, jwks, groupsClaim }: IdentityProviderSnapshot): string[] {
  return [`issuer ${issuer}`, ...(jwks === undefined ? [] : [`keys at ${jwks}`]), `groups in ${groupsClaim}`];
}

/** Each line lets more tokens in. */
function believed({ audiences, acceptUnverifiedEmail, mfa }: IdentityProviderSnapshot): string[] {
  return [
    ...audiences.map((audience) => `tokens for ${audience}`),
    ...(acceptUnverifiedEmail ? ["addresses that are not verified"] : []),
    ...mfa.amr.map((value) => `amr ${value} as a second factor`),
    ...mfa.acr.map((value) => `acr ${value} as a second factor`),
  ];
}

function compareEntrances(before: Entrance, after: Entrance): Finding[] {
  const [was, is] = [breadth(before), breadth(after)];
  const otherWay = before.url !== after.url || (before.kind !== after.kind && was === is);
  return [
    ...(is > was ? [finding("entrance-opened", "entrance", described(before), described(after))] : []),
    ...(otherWay ? [finding("entrance-changed", "entrance", described(before), described(after))] : []),
    ...(after.tlsEndsInFront && !before.tlsEndsInFront
      ? [finding("entrance-tls-ended", "entrance", described(before), described(after))]
      : []),
    ...compareSources(before, after),
  ];
}

/** All but the first two are reached by whoever has a way to the cluster. */
function breadth({ kind }: Entrance): number {
  return Math.min(ENTRANCE_REACH.indexOf(kind), ENTRANCE_REACH.indexOf("node-port"));
}

function described({ url, kind, proxy, tlsEndsInFront }: Entrance): string[] {
  return [
    url,
    kind,
    ...(proxy === undefined ? [] : [`by ${proxy} only`]),
    ...(tlsEndsInFront ? ["TLS ends in front"] : []),
  ];
}

function compareSources(before: Entrance, after: Entrance): Finding[] {
  const wider = [...moreSources(before, after), ...otherProxy(after, before)];
  const narrower = [
    ...(breadth(after) < breadth(before) ? [`who comes by ${before.kind}`] : []),
    ...(before.tlsEndsInFront && !after.tlsEndsInFront ? ["what ended TLS in front"] : []),
    ...moreSources(after, before),
    ...otherProxy(before, after),
  ];
  return [
    ...(wider.length > 0 ? [finding("entrance-widened", "entrance", sources(before), wider)] : []),
    ...(narrower.length > 0 ? [finding("entrance-narrowed", "entrance", narrower)] : []),
  ];
}

/** Ranges that may come in by the second and not by the first. */
function moreSources(before: Entrance, after: Entrance): string[] {
  return [
    ...sorted(beyond(after.from, before.from)),
    ...sorted(beyond(before.except, after.except)).map((range) => `${range}, which was excepted`),
  ];
}

/** Who comes in by the first and not by the second, if one of them takes a proxy only. */
function otherProxy({ proxy }: Entrance, other: Entrance): string[] {
  if (proxy === other.proxy || other.proxy === undefined) return [];
  return [proxy === undefined ? "others than the proxy" : `the proxy ${proxy}`];
}

function sources({ from, except, proxy }: Entrance): string[] {
  return proxy === undefined ? [...sorted(from), ...sorted(except).map((range) => `except ${range}`)] : [proxy];
}

function compareLifetimes(before: number, after: number): Finding[] {
  if (before === after) return [];
  const rule = after > before ? "leaf-lifetime-longer" : "leaf-lifetime-shorter";
  return [finding(rule, "certificates", [`${before} h`], [`${after} h`])];
}
