import fc from "fast-check";
import { Authentication, type Flow, INTERNET, type Perimeter, presetZones } from "../../lib/perimeter";

/** Perimeters that keep every rule: few workloads, so that circles, both directions and unreachable parts are common. */
export function perimeters(): fc.Arbitrary<Perimeter> {
  const place = fc.nat({ max: 7 });
  return fc
    .record({
      ranges: fc.boolean(),
      members: fc.array(
        fc.record({
          zone: fc.nat(),
          ports: fc.integer({ min: 1, max: 3 }),
          credentials: fc.uniqueArray(fc.nat({ max: 3 })),
        }),
        { minLength: 2, maxLength: 8 },
      ),
      inner: fc.uniqueArray(fc.tuple(place, place, place, place), { maxLength: 16, selector: String }),
      ways: fc.array(fc.tuple(fc.boolean(), place, place, place), { maxLength: 5 }),
    })
    .map(({ ranges, members, inner, ways }) => {
      const zones = presetZones(ranges ? "172.16.0.0/12" : undefined);
      const credentials = [0, 1, 2, 3].map((index) => ({ name: `key-${index}`, opens: `Door ${index}.` }));
      const workloads = members.map((member, index) => ({
        name: `w${index}`,
        zone: at(zones, member.zone % zones.length).name,
        ports: Object.fromEntries(Array.from({ length: member.ports }, (_, port) => [`p${port}`, 8000 + port])),
        credentials: member.credentials.map((credential) => `key-${credential}`),
      }));
      const member = (index: number) => at(workloads, index % workloads.length);
      const choose = <Item>(items: readonly Item[], index: number) => at(items, index % items.length);
      const flows = new Map<string, Flow>();
      for (const [from, to, port, way] of inner) {
        const [caller, callee] = [member(from), member(to)];
        if (caller === callee) continue;
        const ways = Object.values(Authentication).filter((known) => known !== "none" || caller.zone === callee.zone);
        const made = flow(caller.name, callee.name, choose(Object.keys(callee.ports), port), choose(ways, way));
        flows.set(`${made.from} ${made.to} ${made.port}`, made);
      }
      for (const [inward, who, what, way] of ways) {
        const { name, ports } = member(who);
        const made = inward
          ? flow(
              INTERNET,
              name,
              choose(Object.keys(ports), what),
              choose(["tls+jwt", "mtls", "mtls+jwt"] as const, way),
            )
          : flow(name, INTERNET, "443", choose(["tls+credential", "tls+jwt", "tls+address"] as const, way), [
              `h${what}.example.com`,
            ]);
        flows.set(`${made.from} ${made.to} ${made.port} ${made.hosts}`, made);
      }
      return { trustDomain: "openclaw.internal", zones, workloads, flows: [...flows.values()], credentials };
    });
}

export function flow(from: string, to: string, port: string, authentication: Authentication, hosts?: string[]): Flow {
  const purpose = `${from} calls ${to}.`;
  return hosts === undefined
    ? { from, to, port, authentication, purpose }
    : { from, to, port, authentication, purpose, hosts };
}

/** The element an index names, where the test would be wrong if there were none. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
