import { INTERNET, type Perimeter } from "../../perimeter";
import { isAddress, isWithin, rangeProblem } from "../../perimeter/cidr";
import { suggest } from "../../perimeter/names";
import { type EntranceArgs, EntranceKind } from "./args";
import type { Report } from "./validate";
import { checkIssuerRef } from "./validate-issuer";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const BEHIND_CONTROLLER: string[] = [EntranceKind.Ingress, EntranceKind.Gateway];
const INGRESS_NGINX = `{ "nginx.ingress.kubernetes.io/ssl-passthrough": "true" }`;
/** By which ingress controllers end TLS and encrypt anew. */
const ENDS_TLS = /\/(backend-protocol|secure-backends|server-ssl|proxy-ssl-[a-z-]+)$/;

/** Reports everything about the way in that cannot be, or that contradicts itself. */
export function checkEntrance(args: EntranceArgs = {}, perimeter: Perimeter, report: Report): void {
  const kinds = Object.values(EntranceKind) as string[];
  const { kind = EntranceKind.LoadBalancer } = args;
  if (!kinds.includes(kind)) report("entrance.kind", `"${kind}" is no way in; ${suggest(kind, kinds)}`);
  checkNodePort(args, kind, report);
  checkForeign(args, kind, report);
  checkProxy(args, kind, report);
  if (kind === EntranceKind.Ingress) checkIngress(args, report);
  if (kind === EntranceKind.Gateway) checkGateway(args, report);
  if (BEHIND_CONTROLLER.includes(kind)) checkHost(kind, perimeter, report);
  checkRanges(args, report);
}

function checkNodePort({ nodePort }: EntranceArgs, kind: string, report: Report): void {
  if (nodePort === undefined) return;
  if (kind !== EntranceKind.NodePort)
    report("entrance.nodePort", `is for kind "${EntranceKind.NodePort}"; remove it, or use that kind`);
  if (!(Number.isInteger(nodePort) && nodePort >= 30000 && nodePort <= 32767))
    report("entrance.nodePort", `${nodePort} is no port of nodes; use 30000 to 32767`);
}

/** What is said for one kind says nothing for another. */
function checkForeign(args: EntranceArgs, kind: string, report: Report): void {
  const only: [keyof EntranceArgs, string[]][] = [
    ["className", [EntranceKind.Ingress]],
    ["annotations", [EntranceKind.Ingress]],
    ["gateway", [EntranceKind.Gateway]],
    ["terminatesTls", BEHIND_CONTROLLER],
  ];
  for (const [key, kinds] of only)
    if (args[key] !== undefined && !kinds.includes(kind))
      report(
        `entrance.${key}`,
        `is for kind ${kinds.map((one) => `"${one}"`).join(" or ")}; remove it, or use that kind`,
      );
}

function checkProxy(
  { proxy, proxyProtocol, terminatesTls, from, except = [] }: EntranceArgs,
  kind: string,
  report: Report,
) {
  if (BEHIND_CONTROLLER.includes(kind) && !proxy)
    report(
      "entrance.proxy",
      'is missing; name the pods of the controller, which alone may come in, such as { namespace: "ingress-nginx", labels: { "app.kubernetes.io/component": "controller" } }',
    );
  if (proxy && (from || except.length > 0))
    report("entrance.proxy", "lets that proxy in and nobody else; remove from and except, or proxy");
  if (proxy && !LABEL.test(proxy.namespace ?? ""))
    report(
      "entrance.proxy.namespace",
      `"${proxy.namespace ?? ""}" is no name of a namespace; use a-z, 0-9 and hyphens`,
    );
  if (proxy && Object.keys(proxy.labels ?? {}).length === 0)
    report(
      "entrance.proxy.labels",
      "is empty, and would let every pod of that namespace in; name the controller's labels",
    );
  if (proxyProtocol && !proxy && !from)
    report("entrance.proxyProtocol", "lets whoever comes in say who it is; narrow that by proxy or from, or remove it");
  if (proxyProtocol && terminatesTls)
    report(
      "entrance.proxyProtocol",
      "is for TLS that is passed through; who ends TLS says addresses in X-Forwarded-For; remove one of them",
    );
}

function checkIngress({ className, annotations = {}, terminatesTls }: EntranceArgs, report: Report): void {
  if (!className || !SUBDOMAIN.test(className))
    report(
      "entrance.className",
      `${className ? `"${className}" is no name of an ingress class` : "is missing"}; name one that the cluster has, such as "nginx" (kubectl get ingressclasses)`,
    );
  if (Object.keys(annotations).length === 0)
    report(
      "entrance.annotations",
      terminatesTls
        ? 'is missing, and without it controllers call the edge without TLS; say it as yours wants it, such as { "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS" }'
        : `is missing, and without it controllers end TLS; say as yours wants it that TLS is passed through, such as ${INGRESS_NGINX}`,
    );
  for (const [key, value] of Object.entries(annotations))
    if (typeof value !== "string")
      report(`entrance.annotations["${key}"]`, `${JSON.stringify(value)} is no text; put it between quotes`);
  const ends = Object.keys(annotations).find((key) => ENDS_TLS.test(key));
  if (ends && !terminatesTls)
    report(
      `entrance.annotations["${ends}"]`,
      "is for a controller that ends people's TLS and reads everything; remove it, or say terminatesTls",
    );
  if (!terminatesTls) return;
  if (terminatesTls.issuer) checkIssuerRef(terminatesTls.issuer, "entrance.terminatesTls.issuer", report);
  else
    report(
      "entrance.terminatesTls.issuer",
      "is missing; name the issuer of cert-manager whose certificate the controller shows to people",
    );
}

function checkGateway({ gateway, terminatesTls }: EntranceArgs, report: Report): void {
  if (!gateway) {
    report("entrance.gateway", 'is missing; name the gateway, such as { name: "public", namespace: "gateways" }');
    return;
  }
  for (const key of ["name", "sectionName"] as const) {
    const value = gateway[key];
    if (key === "sectionName" && value === undefined) continue;
    if (!SUBDOMAIN.test(value ?? ""))
      report(`entrance.gateway.${key}`, `"${value ?? ""}" is no name; use a-z, 0-9, hyphens and dots`);
  }
  if (!LABEL.test(gateway.namespace ?? ""))
    report(
      "entrance.gateway.namespace",
      `"${gateway.namespace ?? ""}" is no name of a namespace; use a-z, 0-9 and hyphens`,
    );
  if (gateway.tlsRouteVersion !== undefined && !/^v\d+((alpha|beta)\d+)?$/.test(gateway.tlsRouteVersion))
    report(
      "entrance.gateway.tlsRouteVersion",
      `"${gateway.tlsRouteVersion}" is no version; use "v1", or "v1alpha2" or "v1alpha3"`,
    );
  if (terminatesTls?.issuer)
    report(
      "entrance.terminatesTls.issuer",
      'is for kind "ingress"; a gateway has the certificate in its listener; remove it',
    );
}

/** Controllers find the way by the name that people call. */
function checkHost(kind: string, { workloads, flows }: Perimeter, report: Report): void {
  const entered = flows.filter(({ from }) => from === INTERNET).map(({ to }) => to);
  const address = workloads
    .filter(({ name }) => entered.includes(name))
    .flatMap(({ names = [] }) => names)
    .find(isAddress);
  if (address !== undefined)
    report(
      "entrance.kind",
      `"${kind}" finds the way by a name, and people call ${address}; use a publicUrl with a DNS name`,
    );
}

function checkRanges({ from, except = [] }: EntranceArgs, report: Report): void {
  let readable = true;
  for (const [path, ranges] of Object.entries({ from: from ?? [], except })) {
    for (const [i, range] of ranges.entries()) {
      const problem = rangeProblem(range);
      if (!problem) continue;
      report(`entrance.${path}[${i}]`, problem);
      readable = false;
    }
  }
  if (readable) checkExceptions(from ?? ["0.0.0.0/0"], except, report);
}

/** One that is in no range, or around one, would keep nobody out. */
function checkExceptions(from: string[], except: string[], report: Report): void {
  for (const [i, range] of except.entries()) {
    const around = from.find((one) => isWithin(one, range));
    if (around)
      report(
        `entrance.except[${i}]`,
        `"${range}" takes away all of "${around}", which may come in; remove one of them`,
      );
    else if (!from.some((one) => isWithin(range, one)))
      report(`entrance.except[${i}]`, `"${range}" is in no range that may come in; remove it`);
  }
}
