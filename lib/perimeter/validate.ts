import { isAddress, overlaps, parseCidr, type Range, rangeProblem } from "./cidr";
import { PerimeterError, type Problem } from "./error";
import { Authentication, type Flow, INTERNET, type Perimeter, type Workload } from "./model";
import { dnsNameProblem, nameProblem, portNameProblem, suggest, unknownName } from "./names";

type Report = (path: string, message: string) => void;

/** What a flow from the internet may use: everything in which the caller proves an identity, not an address or a shared key. */
const FROM_INTERNET: readonly Authentication[] = [Authentication.TlsJwt, Authentication.Mtls, Authentication.MtlsJwt];

/** What a flow to the internet may use. A certificate of ours proves nothing there, because nobody there pins our identities. */
const TO_INTERNET: readonly Authentication[] = [
  Authentication.TlsCredential,
  Authentication.TlsJwt,
  Authentication.TlsAddress,
];

/**
 * Returns if the perimeter makes sense as a whole; everything derived from it relies on that.
 * @throws PerimeterError that lists every problem: where it is, what is wrong, what is allowed and what to do.
 * @example
 * validate(perimeter); // before anything is created
 */
export function validate(perimeter: Perimeter): void {
  const problems: Problem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });

  checkTrustDomain(perimeter, report);
  checkZones(perimeter, report);
  checkCredentials(perimeter, report);
  checkWorkloads(perimeter, report);
  checkFlows(perimeter, report);

  if (problems.length > 0) throw new PerimeterError(problems);
}

function checkTrustDomain({ trustDomain }: Perimeter, report: Report): void {
  const problem = dnsNameProblem(trustDomain);
  if (problem !== undefined) report("trustDomain", `trust domain "${trustDomain}" ${problem}`);
}

function checkZones({ zones }: Perimeter, report: Report): void {
  checkNames("zone", "zones", zones, report);
  checkReserved("zone", "zones", zones, report);
  const ranges: { name: string; cidr: string; range: Range }[] = [];
  for (const [index, { name, cidr }] of zones.entries()) {
    if (cidr === undefined) continue;
    const path = `zones[${index}].cidr`;
    try {
      const range = parseCidr(cidr);
      for (const other of ranges)
        if (overlaps(range, other.range))
          report(path, `"${cidr}" overlaps "${other.cidr}" of zone "${other.name}"; give each zone a range of its own`);
      ranges.push({ name, cidr, range });
    } catch (error) {
      report(path, (error as Error).message);
    }
  }
}

function checkCredentials({ credentials }: Perimeter, report: Report): void {
  checkNames("credential", "credentials", credentials, report);
}

function checkWorkloads({ workloads, zones, credentials }: Perimeter, report: Report): void {
  checkNames("workload", "workloads", workloads, report);
  checkReserved("workload", "workloads", workloads, report);
  const zoneNames = namesOf(zones);
  const credentialNames = namesOf(credentials);
  for (const [index, workload] of workloads.entries()) {
    const path = `workloads[${index}]`;
    if (!zoneNames.has(workload.zone)) report(`${path}.zone`, unknownName("zone", workload.zone, [...zoneNames]));
    checkPorts(workload, `${path}.ports`, report);
    checkRanges(workload.addresses ?? [], `${path}.addresses`, report);
    checkHeld(workload.credentials ?? [], credentialNames, `${path}.credentials`, report);
  }
  checkHostNames(workloads, report);
}

/** A name that two workloads may carry in their certificates proves nothing of either. */
function checkHostNames(workloads: Workload[], report: Report): void {
  const owner = new Map(workloads.map(({ name }) => [name, name]));
  for (const [index, workload] of workloads.entries()) {
    for (const [at, name] of (workload.names ?? []).entries()) {
      const path = `workloads[${index}].names[${at}]`;
      const problem = isAddress(name) ? undefined : dnsNameProblem(name);
      if (problem !== undefined) report(path, `host name "${name}" ${problem}`);
      const other = owner.get(name);
      if (other === workload.name)
        report(path, `"${name}" is listed twice or is the workload's own name; list it once`);
      else if (other !== undefined)
        report(path, `"${name}" is a name of "${other}" already; give it to one of them only`);
      else owner.set(name, workload.name);
    }
  }
}

function checkPorts({ name, ports }: Workload, path: string, report: Report): void {
  const nameByNumber = new Map<number, string>();
  for (const [port, number] of Object.entries(ports)) {
    const problem = portNameProblem(port);
    if (problem !== undefined) report(`${path}["${port}"]`, `port name "${port}" ${problem}`);
    if (!isPortNumber(number))
      report(`${path}["${port}"]`, `${number} is no TCP port; use a whole number from 1 to 65535`);
    const same = nameByNumber.get(number);
    if (same !== undefined)
      report(
        `${path}["${port}"]`,
        `ports "${same}" and "${port}" of "${name}" both have number ${number}; keep one of them`,
      );
    nameByNumber.set(number, port);
  }
}

function checkHeld(held: string[], known: Set<string>, path: string, report: Report): void {
  for (const [index, credential] of held.entries()) {
    if (!known.has(credential)) report(`${path}[${index}]`, unknownName("credential", credential, [...known]));
    if (held.indexOf(credential) < index)
      report(`${path}[${index}]`, `credential "${credential}" is listed twice; list it once`);
  }
}

function checkFlows({ flows, workloads }: Perimeter, report: Report): void {
  const byName = new Map(workloads.map((workload) => [workload.name, workload]));
  const seen = new Map<string, string>();
  for (const [index, flow] of flows.entries()) {
    const path = `flows[${index}]`;
    for (const end of ["from", "to"] as const)
      if (flow[end] !== INTERNET && !byName.has(flow[end]))
        report(`${path}.${end}`, unknownName("workload", flow[end], [...byName.keys(), INTERNET]));
    if (flow.from === flow.to) {
      report(path, selfFlow(flow));
      continue;
    }
    if (byName.get(flow.from)?.addresses)
      report(`${path}.from`, `"${flow.from}" is not run by us, so nothing keeps it to this flow; remove the flow`);
    if (flow.to === INTERNET) checkWayOut(flow, path, report);
    else checkWayIn(flow, byName.get(flow.to), path, report);
    checkAuthentication(flow, byName, path, report);
    checkRepeated(flow, path, seen, report);
  }
}

function selfFlow({ from }: Flow): string {
  return from === INTERNET
    ? "the internet talks to itself without us; name a workload on one side"
    : `"${from}" calls itself, which never leaves it; remove the flow`;
}

function checkRanges(ranges: string[], path: string, report: Report): void {
  for (const [index, range] of ranges.entries()) {
    const problem = rangeProblem(range);
    if (problem !== undefined) report(`${path}[${index}]`, problem);
  }
}

function checkWayOut({ port, hosts, ranges = [] }: Flow, path: string, report: Report): void {
  checkRanges(ranges, `${path}.ranges`, report);
  if (!/^[1-9]\d*$/.test(port) || !isPortNumber(Number(port)))
    report(`${path}.port`, `"${port}" is no port number; for a flow to the internet use "1" to "65535", such as "443"`);
  if (hosts === undefined || hosts.length === 0)
    report(`${path}.hosts`, 'a flow to the internet must say where to; list host names such as "api.example.com"');
  for (const [index, host] of (hosts ?? []).entries()) {
    const problem = dnsNameProblem(host);
    if (problem !== undefined) report(`${path}.hosts[${index}]`, `host "${host}" ${problem}`);
    // A resolver completes a single label with its search domains, so it may end up inside the cluster.
    else if (!host.includes("."))
      report(
        `${path}.hosts[${index}]`,
        `host "${host}" has no domain; use its full name, such as "${host}.example.com"`,
      );
  }
}

function checkWayIn(
  { to, port, hosts, ranges }: Flow,
  callee: Workload | undefined,
  path: string,
  report: Report,
): void {
  if (ranges !== undefined)
    report(`${path}.ranges`, `ranges are for flows to the internet, and this one goes to "${to}"; remove them`);
  if (hosts !== undefined)
    report(`${path}.hosts`, `hosts are for flows to the internet, and this one goes to "${to}"; remove them`);
  if (callee === undefined || Object.hasOwn(callee.ports, port)) return;
  const ports = Object.keys(callee.ports);
  report(
    `${path}.port`,
    ports.length === 0
      ? `"${to}" listens on no port; add "${port}" to its ports`
      : `"${to}" has no port "${port}"; ${suggest(port, ports)}`,
  );
}

function checkAuthentication(flow: Flow, byName: Map<string, Workload>, path: string, report: Report): void {
  const { from, to, authentication } = flow;
  const at = `${path}.authentication`;
  const all = Object.values(Authentication);
  if (!all.includes(authentication)) {
    report(at, `"${authentication}" is no way to authenticate; use one of ${quoted(all)}`);
  } else if (from === INTERNET) {
    if (!FROM_INTERNET.includes(authentication))
      report(at, `"${authentication}" lets strangers in from the internet; use one of ${quoted(FROM_INTERNET)}`);
  } else if (to === INTERNET) {
    if (authentication === Authentication.Mtls || authentication === Authentication.MtlsJwt)
      report(
        at,
        `"${authentication}" needs an identity of ours on both sides and the internet has none; use one of ${quoted(TO_INTERNET)} (a client certificate somebody else issued is a credential)`,
      );
    else if (!TO_INTERNET.includes(authentication))
      report(at, `"${authentication}" leaves the perimeter unproven; use one of ${quoted(TO_INTERNET)}`);
  } else if (authentication === Authentication.None) {
    const [one, other] = [byName.get(from)?.zone, byName.get(to)?.zone];
    if (one !== undefined && other !== undefined && one !== other)
      report(
        at,
        `"none" is allowed inside one zone only, and this flow goes from zone "${one}" to zone "${other}"; use one of ${quoted(all.filter((way) => way !== Authentication.None))}`,
      );
  }
}

/** To the internet the host is part of what a flow permits, so that two hosts on one port may have flows of their own. */
function checkRepeated({ from, to, port, hosts }: Flow, path: string, seen: Map<string, string>, report: Report): void {
  const targets = to === INTERNET ? (hosts ?? []).map((host) => `${host}:${port}`) : [`${to}:${port}`];
  for (const target of targets) {
    const key = `${from} ${to === INTERNET ? INTERNET : ""} ${target}`;
    const earlier = seen.get(key);
    if (earlier === path)
      report(`${path}.hosts`, `host "${target.slice(0, -port.length - 1)}" is listed twice; list it once`);
    else if (earlier !== undefined)
      report(path, `the flow from "${from}" to "${target}" is already declared as ${earlier}; merge them`);
    else seen.set(key, path);
  }
}

function checkNames(kind: string, path: string, entries: { name: string }[], report: Report): void {
  const first = new Map<string, number>();
  for (const [index, { name }] of entries.entries()) {
    const at = `${path}[${index}].name`;
    const problem = nameProblem(name);
    if (problem !== undefined) report(at, `${kind} name "${name}" ${problem}`);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else report(at, `${kind} "${name}" is already declared as ${path}[${earlier}]; rename or remove one`);
  }
}

function checkReserved(kind: string, path: string, entries: { name: string }[], report: Report): void {
  for (const [index, { name }] of entries.entries())
    if (name === INTERNET)
      report(
        `${path}[${index}].name`,
        `"${INTERNET}" means the outside and cannot name a ${kind}; choose another name`,
      );
}

function namesOf(entries: { name: string }[]): Set<string> {
  return new Set(entries.map(({ name }) => name));
}

function isPortNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
