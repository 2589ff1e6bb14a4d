import fc from "fast-check";
import { flowProbes, INTERNET, openClawPerimeter, type Perimeter, withCertificateAuthority } from "../../lib";
import type { Seen, VerifyDriver } from "../../verify/driver";
import { report } from "../../verify/table";
import { mapLimited, verify } from "../../verify/verify";
import { type Case, failures, type Outcome, runCases, table } from "../conformance/case";
import type { Context } from "../conformance/context";

const perimeter = withCertificateAuthority(
  openClawPerimeter({
    trustDomain: "openclaw.internal",
    publicHost: "localhost",
    identityProvider: "demo",
    models: [{ port: "model-demo", host: "demo" }],
  }),
);
const declared = perimeter.flows.map(({ from, to, port }) => `${from} → ${to}:${port}`);
const flowOf = ({ from, to, port }: { from: string; to: string; port: string }) => `${from} → ${to}:${port}`;

/** Perimeters of a few workloads with a few ports and any flows between them. */
const perimeters: fc.Arbitrary<Perimeter> = fc
  .record({
    workloads: fc.array(fc.record({ zone: fc.nat(2), ports: fc.uniqueArray(fc.nat(3), { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    picks: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }),
  })
  .map(({ workloads: drawn, picks }) => {
    const workloads = drawn.map(({ zone, ports }, i) => ({
      name: `w${i}`,
      zone: `z${zone}`,
      ports: Object.fromEntries(ports.map((port) => [`p${port}`, 1000 + port])),
    }));
    const listeners = workloads.flatMap(({ name, ports }) => Object.keys(ports).map((port) => ({ to: name, port })));
    const callers = [INTERNET, ...workloads.map(({ name }) => name)];
    const flows = picks.flatMap(([caller, listener]) => {
      const from = callers[caller % callers.length] as string;
      const end = listeners[listener % listeners.length];
      return end === undefined || end.to === from
        ? []
        : [{ from, ...end, authentication: "mtls" as const, purpose: "It is drawn." }];
    });
    const zones = [0, 1, 2].map((zone) => ({ name: `z${zone}` }));
    return { trustDomain: "openclaw.internal", zones, workloads, flows, credentials: [] };
  });

describe("flow probes", () => {
  it("try every listener from every other workload and from the internet", () => {
    const probes = flowProbes(perimeter);
    expect(probes).toHaveLength(8 * 8);
    expect(probes).toContainEqual({ from: INTERNET, to: "edge", port: "https", number: 8443, expected: "open" });
    expect(probes).toContainEqual({ from: "edge", to: "openclaw", port: "gateway", number: 18789, expected: "closed" });
    expect(
      probes
        .filter(({ expected }) => expected === "open")
        .map(flowOf)
        .sort(),
    ).toEqual([...declared].sort());
  });

  it("expect exactly the declared flows open, in any perimeter, each tried once", () => {
    fc.assert(
      fc.property(perimeters, (any) => {
        const probes = flowProbes(any);
        const open = probes.filter(({ expected }) => expected === "open").map(flowOf);
        expect(new Set(open)).toEqual(new Set(any.flows.map(flowOf)));
        expect(new Set(probes.map(flowOf)).size).toBe(probes.length);
        const listeners = any.workloads.flatMap(({ ports }) => Object.keys(ports)).length;
        expect(probes).toHaveLength(listeners * any.workloads.length);
      }),
    );
  });

  it("of a zone start or end in it, and those of all zones are all", () => {
    fc.assert(
      fc.property(perimeters, (any) => {
        const members = (zone: string) =>
          any.workloads.filter((workload) => workload.zone === zone).map(({ name }) => name);
        const byZone = any.zones.map(({ name: zone }) => flowProbes(any, { zone }));
        for (const [i, probes] of byZone.entries()) {
          const here = members(`z${i}`);
          expect(probes.every(({ from, to }) => here.includes(from) || here.includes(to))).toBe(true);
        }
        expect(new Set(byZone.flat().map(flowOf))).toEqual(new Set(flowProbes(any).map(flowOf)));
      }),
    );
  });

  it.each([
    ["agnet", 'zone "agnet" is not declared; did you mean "agent"?'],
    ["Egress", 'zone "Egress" is not declared; did you mean "egress"?'],
    ["", /^zone "" is not declared; use one of "public", "application"/],
  ])("refuse the zone %j", (zone, message) => {
    expect(() => flowProbes(perimeter, { zone })).toThrow(message);
  });
});

describe("verify", () => {
  /** A platform that holds, but for what is said otherwise. */
  function platform(otherwise: Record<string, Seen> = {}, strangers: string[] = []): VerifyDriver {
    const names = new Map(flowProbes(perimeter).map((probe) => [`${probe.from} ${probe.to} ${probe.number}`, probe]));
    return {
      tryFlow: async (from, to, number) => {
        const probe = names.get(`${from} ${to} ${number}`);
        if (probe === undefined) throw new Error("not a probe of the perimeter");
        const holds: Seen = probe.expected === "open" ? { state: "open" } : { state: "closed", why: "refused" };
        return otherwise[flowOf(probe)] ?? holds;
      },
      strangers: async () => strangers,
    };
  }

  it("finds nothing wrong where the perimeter holds", async () => {
    const verification = await verify(platform(), perimeter);
    expect(verification.causes).toEqual([]);
    expect(report(verification).at(-1)).toBe("9 declared and 55 undeclared flows tried, all as declared");
  });

  it("names what is open, closed, untried or strange", async () => {
    const wrong: Record<string, Seen> = {
      "egress → guard:mtls": { state: "open" },
      "guard → openclaw:gateway": { state: "closed", why: "connection refused" },
      "demo-model → edge:https": { state: "unknown", why: "no container of demo-model runs" },
    };
    const verification = await verify(platform(wrong, ["mallory is attached to edge--guard"]), perimeter);
    expect(verification.causes.sort()).toEqual([
      "demo-model → edge:https could not be tried: no container of demo-model runs",
      "egress → guard:mtls is open, but not declared",
      "guard → openclaw:gateway is declared, but closed: connection refused",
      "mallory is attached to edge--guard",
    ]);
    expect(report(verification).at(-1)).toBe("9 declared and 55 undeclared flows tried, 4 not as declared");
  });

  it("looks at one zone only if asked", async () => {
    const wrong: Record<string, Seen> = { "egress → guard:mtls": { state: "open" } };
    expect((await verify(platform(wrong), perimeter, { zone: "demo" })).causes).toEqual([]);
    expect((await verify(platform(wrong), perimeter, { zone: "application" })).causes).toHaveLength(1);
  });

  it("tries no more at once than it may, and keeps the order", async () => {
    let running = 0;
    let most = 0;
    const results = await mapLimited([5, 1, 4, 2, 3], 2, async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, n));
      running -= 1;
      return n * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });
});

describe("an attack", () => {
  const context = {
    driver: {
      log: async (workload: string) => [`{"log":"${workload}","status":200}`, `{"log":"${workload}","status":503}`],
    },
  } as unknown as Context;
  const seeing = (...answers: string[]): Case => ({
    id: "some.attack",
    serves: [1],
    what: "does something",
    expected: "403",
    attack: async () => answers.shift() ?? "nothing",
  });
  const outcomeOf = async (...answers: string[]) => (await runCases([seeing(...answers)], context))[0] as Outcome;

  test("that nobody answered proves nothing, and is made once more, with what the logs say", async () => {
    const outcome = await outcomeOf("503", "403");
    expect(outcome).toMatchObject({ ok: true, seen: "403" });
    expect(outcome.log).toEqual(['{"log":"edge","status":503}', '{"log":"guard","status":503}']);
    expect(table([outcome]).at(-1)).toBe('some.attack was made once more: {"log":"guard","status":503}');
  });

  test("that nobody answers twice has failed", async () => {
    const outcome = await outcomeOf("503", "503", "403");
    expect(failures([outcome])).toEqual([
      expect.stringMatching(/^some\.attack: expected 403, saw 503\n {2}\{"log":"edge"/),
    ]);
  });

  test("that got through is not made again", async () => {
    expect(failures([await outcomeOf("200", "403")])).toEqual(["some.attack: expected 403, saw 200"]);
  });
});
