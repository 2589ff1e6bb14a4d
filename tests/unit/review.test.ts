import "@microsoft/jest-sarif";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { marked, type Token } from "marked";
import { type Flow, type Perimeter, reachability } from "../../lib/perimeter";
import {
  diffSnapshots,
  type Finding,
  parseSnapshot,
  REVIEW_RULES,
  type Review,
  type ReviewRuleId,
  reviewFinding,
  type Snapshot,
  SnapshotError,
  takeSnapshot,
  toJson,
  toMarkdown,
  toSarif,
  toText,
  withFindings,
} from "../../lib/review";
import { at } from "../support/perimeters";
import {
  type Content,
  content,
  edited,
  hostile,
  hostileContent,
  role,
  shuffled,
  snapshots,
} from "../support/snapshots";

const SMALL = takeSnapshot(content());
const first = (c: Content) => at(c.perimeter.workloads, 0);
const vault = (c: Content) => at(c.perimeter.workloads, 2);
const there = (c: Content) => at(c.perimeter.workloads, 3);
const flow = (c: Content, i: number) => at(c.perimeter.flows, i);
const roleOf = (c: Content, i: number) => at(c.roles, i);
const opened = (from: string, to: string, port: string): Flow => ({
  ...{ from, to, port, authentication: "mtls", purpose: "Something new." },
});

/** One edit for each rule, and every rule that it breaks. */
const EDITS: [edit: (content: Content) => unknown, rules: ReviewRuleId[]][] = [
  [(c) => Object.assign(c.entrance, { kind: "load-balancer" }), ["entrance-opened"]],
  [(c) => Object.assign(c.entrance, { kind: "loopback" }), ["entrance-narrowed"]],
  [(c) => Object.assign(c.entrance, { url: "https://other.example.com" }), ["entrance-changed"]],
  [(c) => c.entrance.from.push("192.168.0.0/16"), ["entrance-widened"]],
  [(c) => c.entrance.except.pop(), ["entrance-widened"]],
  [(c) => c.entrance.except.push("10.7.0.0/16"), ["entrance-narrowed"]],
  [(c) => Object.assign(c.entrance, { proxy: "ingress/app=proxy" }), ["entrance-narrowed"]],
  [(c) => Object.assign(c.identityProvider, { issuer: "https://evil.example.com" }), ["identity-provider-changed"]],
  [(c) => Object.assign(c.identityProvider, { groupsClaim: "nickname" }), ["identity-provider-changed"]],
  [(c) => Object.assign(c.identityProvider, { acceptUnverifiedEmail: true }), ["identity-checks-weakened"]],
  [(c) => c.identityProvider.mfa.acr.push("low"), ["identity-checks-weakened"]],
  [(c) => c.identityProvider.audiences.pop(), ["identity-checks-strengthened"]],
  [(c) => Object.assign(c, { login: "oauth2-proxy" }), ["login-changed"]],
  [(c) => Object.assign(c, { leafHours: 24 }), ["leaf-lifetime-longer"]],
  [(c) => Object.assign(c, { leafHours: 1 }), ["leaf-lifetime-shorter"]],
  [(c) => Object.assign(c.agent, { exec: "ask" }), ["agent-exec-opened"]],
  [(c) => Object.assign(c.agent, { files: "none" }), ["agent-closed"]],

  [(c) => c.roles.push(role("root", { scopes: ["operator.admin"] })), ["role-admin-added"]],
  [(c) => c.roles.push(role("reader")), ["role-added"]],
  [(c) => c.roles.pop(), ["role-removed"]],
  [(c) => roleOf(c, 1).scopes.push("operator.write"), ["role-scopes-widened"]],
  [(c) => roleOf(c, 0).scopes.pop(), ["role-narrowed"]],
  [(c) => Object.assign(roleOf(c, 0), { requireMfa: false }), ["role-mfa-dropped"]],
  [(c) => roleOf(c, 1).domains.push("example.org"), ["role-domain-added"]],
  [(c) => roleOf(c, 1).groups.push("interns"), ["role-members-added"]],
  [(c) => roleOf(c, 0).adminEmails.push("b@example.com"), ["role-admins-added"]],
  [(c) => Object.assign(roleOf(c, 1), { expiresAt: undefined }), ["role-expiry-later"]],
  [(c) => Object.assign(roleOf(c, 0), { expiresAt: "2027-01-01T00:00:00Z" }), ["role-narrowed"]],

  [(c) => c.perimeter.flows.push(opened("internet", "guard", "mtls")), ["flow-in-added"]],
  [
    (c) => c.perimeter.flows.push(opened("internet", "vault", "mtls")),
    ["credential-exposed", "credential-exposed", "flow-in-added", "internet-reach-added"],
  ],
  [
    (c) => c.perimeter.flows.push(opened("guard", "vault", "mtls")),
    [
      ...(["credential-within-reach", "credential-within-reach"] as const),
      ...(["internet-reach-added", "internet-reach-added", "flow-within-added"] as const),
    ],
  ],
  [(c) => c.perimeter.flows.push(opened("edge", "guard", "spare")), ["flow-across-added"]],
  [
    (c) => c.perimeter.flows.push({ ...opened("edge", "internet", "443"), hosts: ["a.example.com"] }),
    ["flow-out-added"],
  ],
  [
    (c) => {
      there(c).addresses = undefined;
      c.perimeter.flows.push({ ...opened("there", "internet", "443"), hosts: ["a.example.com"] });
    },
    ["flow-out-added", "credential-reach-indirect", "credential-reach-indirect", "workload-owned"],
  ],
  [(c) => c.perimeter.flows.shift(), ["flow-removed"]],
  [(c) => Object.assign(flow(c, 1), { authentication: "mtls" }), ["authentication-weakened"]],
  [(c) => Object.assign(flow(c, 2), { authentication: "mtls" }), ["authentication-strengthened"]],
  [(c) => Object.assign(flow(c, 3), { authentication: "tls+credential" }), ["authentication-weakened"]],
  [(c) => Object.assign(flow(c, 1), { purpose: "Something else." }), ["description-changed"]],
  [(c) => flow(c, 3).hosts?.push("*.example.org"), ["hosts-widened", "credential-reach", "credential-reach"]],
  [
    (c) => Object.assign(flow(c, 3), { hosts: ["*.example.com"] }),
    ["hosts-widened", "credential-reach", "credential-reach"],
  ],
  [(c) => flow(c, 3).hosts?.pop(), ["hosts-narrowed"]],
  [(c) => flow(c, 3).ranges?.push("10.9.0.0/16"), ["ranges-widened"]],
  [(c) => Object.assign(flow(c, 3), { ranges: ["10.8.0.0/15"] }), ["ranges-widened"]],
  [(c) => Object.assign(flow(c, 3), { ranges: ["10.8.7.0/24"] }), ["ranges-narrowed"]],
  [(c) => Object.assign(flow(c, 3), { ranges: ["10.8.0.0/17", "10.8.128.0/17"] }), ["hosts-respelled"]],

  [(c) => Object.assign(c.perimeter, { trustDomain: "other.internal" }), ["trust-domain-changed"]],
  [(c) => c.perimeter.zones.push({ name: "more" }), ["zone-added"]],
  [(c) => Object.assign(at(c.perimeter.zones, 0), { cidr: "10.1.1.0/24" }), ["network-changed"]],
  [(c) => c.perimeter.workloads.push({ name: "more", zone: "inner", ports: {} }), ["workload-added"]],
  [(c) => Object.assign(first(c), { zone: "inner" }), ["workload-moved"]],
  [(c) => Object.assign(first(c).ports, { https: 22 }), ["port-changed"]],
  [(c) => Object.assign(first(c).ports, { debug: 22 }), ["port-added"]],
  [(c) => delete at(c.perimeter.workloads, 1).ports.spare, ["port-removed"]],
  [(c) => first(c).names?.push("bank.example.com"), ["names-added"]],
  [(c) => first(c).names?.pop(), ["names-removed"]],
  [(c) => Object.assign(there(c), { addresses: ["10.2.0.0/16"] }), ["addresses-widened"]],
  [(c) => Object.assign(there(c), { addresses: ["10.2.0.1/32"] }), ["addresses-narrowed"]],
  [(c) => Object.assign(first(c), { addresses: ["10.6.0.1/32"] }), ["workload-foreign"]],

  [(c) => c.perimeter.credentials.push({ name: "new", opens: "A door." }), ["credential-added"]],
  [
    (c) => {
      c.perimeter.credentials.pop();
      vault(c).credentials?.pop();
    },
    ["credential-removed"],
  ],
  [(c) => vault(c).credentials?.pop(), ["credential-released"]],
  [(c) => Object.assign(at(c.perimeter.workloads, 1), { credentials: ["orders"] }), ["credential-held"]],
  [
    (c) => Object.assign(at(c.perimeter.workloads, 1), { credentials: vault(c).credentials?.splice(1) }),
    ["credential-moved"],
  ],
  [
    (c) => {
      vault(c).zone = "public";
    },
    ["credential-moved", "credential-moved", "workload-moved"],
  ],
  [(c) => Object.assign(c.entrance, { tlsEndsInFront: true }), ["entrance-tls-ended"]],
];

describe("snapshots", () => {
  test("come back from JSON as they were", () => {
    const expected = { project: "shop", stack: "production" };
    expect(parseSnapshot(JSON.stringify(SMALL), expected)).toEqual(SMALL);
    expect(parseSnapshot(JSON.parse(JSON.stringify(SMALL)))).toEqual(SMALL);
  });

  test("any that is made can be read", () => {
    fc.assert(
      fc.property(snapshots(), (one) => expect(parseSnapshot(JSON.stringify(one))).toMatchObject({ format: 1 })),
      {
        numRuns: 30,
      },
    );
  });

  const { roles: _, ...withoutRoles } = SMALL;
  const changed = { ...SMALL, perimeter: { ...SMALL.perimeter, trustDomain: "other.internal" } };
  test.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /there is no snapshot; deploy once/],
    ["null", "null", /there is no snapshot/],
    ["an empty text", " \n", /there is no snapshot/],
    ["no JSON", "{", /unreadable: it is no JSON; take it .* --json/],
    ["something else", '{"url": "https://localhost"}', /this is no snapshot: it has no format and no perimeter/],
    ["a list", "[]", /this is no snapshot/],
    ["a newer format", { ...SMALL, format: 2 }, /has format 2, and this release reads up to 1; update this program/],
    ["no good format", { ...SMALL, format: "1" }, /format is not 1/],
    ["a part missing", withoutRoles, /damaged: roles is no list/],
    ["a part too much", { ...SMALL, more: 1 }, /damaged: "more" is nothing that belongs there/],
    [
      "a part of another kind",
      { ...SMALL, agent: { exec: "allow", files: "none" } },
      /agent\.exec is none of "deny", "ask"/,
    ],
    ["an edit", changed, /edited by hand, for its digest does not fit; take it from the stack's outputs again/],
    [
      "an edit of who knows how",
      edited((c) => c.perimeter.flows.push(opened("gaurd", "vault", "mtls"))),
      /breaks the rules at flows\[4\]\.from: workload "gaurd" is not declared; did you mean "guard"\?/,
    ],
  ])("refuses %s", (_name, given, message) => {
    expect(() => parseSnapshot(given)).toThrow(SnapshotError);
    expect(() => parseSnapshot(given)).toThrow(message);
  });

  test("refuses one of another project or stack", () => {
    expect(() => parseSnapshot(SMALL, { project: "bank" })).toThrow('is of project "shop", not "bank"; give one of');
    expect(() => parseSnapshot(SMALL, { stack: "staging" })).toThrow('is of stack "production", not "staging"');
    expect(() => diffSnapshots({ ...SMALL, project: "bank" }, SMALL)).toThrow('different projects, "bank" and "shop"');
  });
});

describe("rules", () => {
  test.each(EDITS.map(([edit, rules]) => [rules.join(", "), edit, rules] as const))("%s", (_name, edit, rules) => {
    const { findings } = diffSnapshots(SMALL, edited(edit));
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
    for (const { rule, ...found } of findings) expect(found).toMatchObject(REVIEW_RULES[rule as ReviewRuleId]);
  });

  test("each can be broken, all the worst first", () => {
    const known = Object.entries(REVIEW_RULES).map(([id]) => id);
    const elsewhere = [
      "agent-files-opened",
      "first-deployment",
      "reach-not-followed",
      "internet-reach-closer",
      "zone-removed",
      "workload-removed",
      // Said by a preview, not by a comparison.
      ...["manifests-differ", "policy-advises", "policy-forbids", "resource-removed"],
    ];
    expect([...new Set([...EDITS.flatMap(([, rules]) => rules), ...elsewhere])].sort()).toEqual(known.sort());
    const order = ["critical", "high", "medium", "low", "info"];
    const ranks = Object.values(REVIEW_RULES).map(({ severity }) => order.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort());
  });

  test("stand in the documentation with their severity and reason", () => {
    const page = readFileSync(join(__dirname, "../../docs/review.md"), "utf8");
    for (const [id, { severity, title, reason }] of Object.entries(REVIEW_RULES))
      expect(page).toContain(`| \`${id}\` | ${severity} | ${title}. ${reason} |`);
  });

  test("an agent that may read and write files", () => {
    const closed = edited((c) => Object.assign(c.agent, { files: "none" }));
    expect(diffSnapshots(closed, SMALL).findings).toMatchObject([{ rule: "agent-files-opened", severity: "high" }]);
  });

  test("a workload and its zone that go", () => {
    const more = edited((c) => {
      c.perimeter.zones.push({ name: "more" });
      c.perimeter.workloads.push({ name: "more", zone: "more", ports: {} });
    });
    expect(diffSnapshots(more, SMALL).findings).toMatchObject([{ rule: "workload-removed" }, { rule: "zone-removed" }]);
  });

  test("a shorter way from the internet", () => {
    const chain = edited((c) => c.perimeter.flows.push(opened("guard", "vault", "mtls")));
    const short = edited((c) =>
      c.perimeter.flows.push(opened("guard", "vault", "mtls"), opened("edge", "vault", "mtls")),
    );
    expect(diffSnapshots(chain, short).findings).toMatchObject([
      { rule: "flow-across-added", subject: "edge → vault:mtls" },
      {
        rule: "internet-reach-closer",
        subject: "there",
        before: ["internet → edge → guard → vault → there"],
        after: ["internet → edge → vault → there"],
      },
      { rule: "internet-reach-closer", subject: "vault" },
    ]);
  });

  test("says which credential can be sent where now, and could before", () => {
    const { findings } = diffSnapshots(
      SMALL,
      edited((c) => flow(c, 3).hosts?.push("*.example.org")),
    );
    expect(findings[1]).toMatchObject({
      subject: "mail at vault",
      before: ["api.example.com:443", "mail.example.com:443"],
      after: ["*.example.org:443"],
    });
  });

  test("says by which way a credential gets where it did not", () => {
    const edit = EDITS.find(([, rules]) => rules.includes("credential-reach-indirect"))?.[0] as (c: Content) => unknown;
    expect(diffSnapshots(SMALL, edited(edit)).findings[1]).toMatchObject({
      subject: "mail at vault",
      after: ["a.example.com:443 by vault → there"],
    });
  });

  test("sums up a first deployment, whatever its size", () => {
    const big = edited((c) => c.perimeter.workloads.push(...many(5000)));
    const { first, findings } = diffSnapshots(undefined, big);
    expect(first).toBe(true);
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(["first-deployment"]));
    expect(findings.find(({ subject }) => subject === "workloads: 5004")?.after.at(-1)).toBe("and 4994 more");
    expect(toText({ ...diffSnapshots(undefined, big) }).split("\n").length).toBeLessThan(100);
  });
});

function many(count: number): Perimeter["workloads"] {
  return Array.from({ length: count }, (_, i) => ({ name: `m${i}`, zone: "inner", ports: { mtls: 8443 } }));
}

describe("properties", () => {
  const runs = { numRuns: 25 };
  const diff = (one: Snapshot, other: Snapshot) => diffSnapshots(one, other).findings;
  const subjects = (findings: Finding[], pattern: RegExp) =>
    findings
      .filter(({ rule }) => pattern.test(rule))
      .map(({ subject }) => subject)
      .sort();
  const conversations = ({ perimeter }: Snapshot) =>
    new Set(perimeter.flows.map(({ from, to, port }) => `${from} → ${to}:${port}`));

  test("nothing differs from itself", () => {
    fc.assert(
      fc.property(snapshots(), (one) => expect(diff(one, one)).toEqual([])),
      runs,
    );
  });

  test("a flow is found to be new if it is, and only then", () => {
    fc.assert(
      fc.property(snapshots(), snapshots(), (one, other) => {
        const fresh = [...conversations(other)].filter((key) => !conversations(one).has(key));
        expect(subjects(diff(one, other), /^flow-.*-added$/)).toEqual(fresh.sort());
      }),
      runs,
    );
  });

  test("what comes one way goes the other way", () => {
    fc.assert(
      fc.property(snapshots(), snapshots(), (one, other) => {
        const [there, back] = [diff(one, other), diff(other, one)];
        for (const kind of ["flow", "zone", "workload", "credential", "port", "names"])
          expect(subjects(there, new RegExp(`^${kind}-(.*-)?added$`))).toEqual(
            subjects(back, new RegExp(`^${kind}-removed$`)),
          );
        expect(subjects(there, /^role-(admin-)?added$/)).toEqual(subjects(back, /^role-removed$/));
        for (const kind of ["hosts", "ranges", "addresses", "entrance"])
          expect(subjects(there, new RegExp(`^${kind}-widened$`))).toEqual(
            subjects(back, kind === "entrance" ? /^entrance-narrowed$/ : new RegExp(`^${kind}-narrowed$`)).filter(
              (_subject) => kind !== "entrance" || subjects(there, /^entrance-widened$/).length > 0,
            ),
          );
      }),
      runs,
    );
  });

  test("no flow is added in silence, not even to what has flows", () => {
    fc.assert(
      fc.property(snapshots(), snapshots(), fc.nat(), (one, other, i) => {
        const names = new Set(one.perimeter.workloads.map(({ name }) => name));
        const fresh = other.perimeter.flows.filter(
          ({ from, to, port, hosts }) =>
            [from, to].every((end) => end === "internet" || names.has(end)) &&
            !one.perimeter.flows.some(
              (known) =>
                known.from === from && known.to === to && known.port === port && `${known.hosts}` === `${hosts}`,
            ),
        );
        fc.pre(fresh.length > 0);
        const chosen = at(fresh, i % fresh.length);
        const more = { ...one, perimeter: { ...one.perimeter, flows: [...one.perimeter.flows, chosen] } };
        const found = diff(one, more);
        expect(found.map(({ subject }) => subject)).toContain(`${chosen.from} → ${chosen.to}:${chosen.port}`);
        expect(found.some(({ severity }) => severity !== "info")).toBe(true);
      }),
      runs,
    );
  });

  test("less of everything is never worse than low", () => {
    fc.assert(
      fc.property(snapshots(), fc.infiniteStream(fc.boolean()), (one, choices) => {
        const worse = diff(
          one,
          less(one, () => choices.next().value === true),
        ).filter(({ severity }) => !["low", "info"].includes(severity));
        expect(worse).toEqual([]);
      }),
      runs,
    );
  });

  test("the order of lists means nothing", () => {
    fc.assert(
      fc.property(
        snapshots(),
        snapshots(),
        fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
        (one, other, order) => {
          const random = () => order.next().value as number;
          const review = (a: Snapshot, b: Snapshot) => toMarkdown(diffSnapshots(a, b));
          expect(review(shuffled(one, random), shuffled(other, random))).toBe(review(one, other));
        },
      ),
      runs,
    );
  });

  test("says of the internet's reach what reachability says", () => {
    fc.assert(
      fc.property(snapshots(), snapshots(), (one, other) => {
        const [before, after] = [reached(one), reached(other)];
        const fresh = [...after].filter(([name, direct]) => !direct && !before.has(name)).map(([name]) => name);
        expect(subjects(diff(one, other), /^internet-reach-added$/)).toEqual(fresh.sort());
      }),
      runs,
    );
  });

  test("no two findings are of one rule and subject", () => {
    fc.assert(
      fc.property(snapshots(), snapshots(), (one, other) => {
        const keys = diff(one, other).map(({ rule, subject }) => `${rule} ${subject}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      runs,
    );
  });
});

/** What the internet gets to; true for what it may call itself. */
function reached({ perimeter }: Snapshot): Map<string, boolean> {
  const entries = perimeter.flows.filter(({ from }) => from === "internet").map(({ to }) => to);
  const through = entries.flatMap((entry) => {
    const { direct, transitive } = reachability(perimeter, entry);
    return [...direct.map(({ to }) => to), ...transitive.map(({ target }) => target)];
  });
  return new Map([...through.map((name) => [name, false] as const), ...entries.map((name) => [name, true] as const)]);
}

/** A deployment that allows nothing more, and some things less. */
function less(one: Snapshot, keep: () => boolean): Snapshot {
  const some = <Item>(items: readonly Item[]) => items.filter(keep);
  const atLeastOne = <Item>(items: readonly Item[]) => [...items.slice(0, 1), ...some(items.slice(1))];
  const { perimeter, roles, entrance, identityProvider } = one;
  const workloads = some(perimeter.workloads).map((workload) => ({
    ...workload,
    credentials: some(workload.credentials ?? []),
  }));
  const names = new Set(["internet", ...workloads.map(({ name }) => name)]);
  const flows = some(perimeter.flows)
    .filter(({ from, to }) => names.has(from) && names.has(to))
    .map((flow) => (flow.hosts ? { ...flow, hosts: atLeastOne(flow.hosts) } : flow));
  return {
    ...one,
    perimeter: { ...perimeter, zones: some(perimeter.zones), workloads, flows },
    leafHours: keep() ? one.leafHours : 1,
    entrance: { ...entrance, from: some(entrance.from), kind: keep() ? entrance.kind : "loopback" },
    identityProvider: {
      ...identityProvider,
      audiences: some(identityProvider.audiences),
      acceptUnverifiedEmail: false,
    },
    roles: some(roles).map((role) => ({
      ...role,
      groups: some(role.groups),
      domains: some(role.domains),
      scopes: some(role.scopes),
      requireMfa: role.requireMfa || keep(),
    })),
    agent: { exec: "deny", files: keep() ? one.agent.files : "none" },
  };
}

describe("renderers", () => {
  const review = diffSnapshots(
    SMALL,
    edited((c) => EDITS.slice(0, 6).map(([edit]) => edit(c))),
  );
  const big = diffSnapshots(
    SMALL,
    edited((c) => {
      c.perimeter.workloads.push(...many(3000));
      c.perimeter.flows.push(...many(3000).map(({ name }) => opened("edge", name, "mtls")));
      flow(c, 3).hosts?.push(...Array.from({ length: 500 }, (_, i) => `h${i}.example.net`));
    }),
  );

  test("what a preview adds is in its place by severity", () => {
    const more = withFindings(review, [
      reviewFinding("resource-removed", "claim", ["urn"]),
      reviewFinding("policy-forbids", "no-root: report"),
    ]);
    expect(more.findings.map(({ rule }) => rule)[0]).toBe("policy-forbids");
    expect(more.findings).toHaveLength(review.findings.length + 2);
    expect(toMarkdown(more)).toContain("A policy forbids this");
  });

  test("Markdown is cut to the bytes that are wanted, and says so", () => {
    const text = toMarkdown(big, { longest: 9000 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(9000);
    expect(text).toContain("Left out here");
  });

  test("Markdown says when nothing changes", () => {
    expect(toMarkdown(diffSnapshots(SMALL, SMALL))).toContain("Nothing changes");
    expect(toText(diffSnapshots(SMALL, SMALL))).toContain("Nothing changes");
  });

  test("Markdown stays within what GitHub takes, and says what is left out", () => {
    const text = toMarkdown(big);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.length).toBeGreaterThan(40_000);
    const rows = text.split("\n").filter((line) => /^\| [🟥🟧🟨🟦⬜]/u.test(line)).length;
    expect(text).toContain(`Left out here, and whole in the JSON: ${big.findings.length - rows} findings of the least`);
    expect(text).toMatch(/\d+ of 3001 changed flows and the workloads in the picture/);
    expect(text).toContain("| 🟧 high |");
  });

  test("JSON has everything, in a form that stays", () => {
    const { findings, ...rest } = JSON.parse(toJson(review));
    expect(rest).toEqual({
      ...{ format: 1, project: "shop", stack: "production", first: false },
      counts: { critical: 0, high: 1, medium: 1, low: 1, info: 0 },
    });
    expect(findings.map(({ fingerprint: _, ...finding }: Finding & { fingerprint: string }) => finding)).toEqual(
      review.findings,
    );
    expect(findings[0].fingerprint).toMatch(/^[0-9a-f]{32}$/);
  });

  test("SARIF is what its schema says, and fingerprints outlive other changes", () => {
    for (const one of [review, diffSnapshots(undefined, SMALL), diffSnapshots(SMALL, SMALL)])
      expect(JSON.parse(toSarif(one))).toBeValidSarifLog();
    const prints = (one: Review) =>
      JSON.parse(toSarif(one)).runs[0].results.map(
        (result: Result) => result.partialFingerprints["perimeterReview/v1"],
      );
    const more = diffSnapshots(
      SMALL,
      edited((c) => [...EDITS.slice(0, 6), at(EDITS, 15)].map(([edit]) => edit(c))),
    );
    expect(prints(more)).toEqual(expect.arrayContaining(prints(review)));
    expect(prints(more)).toHaveLength(prints(review).length + 1);
    expect(JSON.parse(toSarif(diffSnapshots(undefined, SMALL))).runs[0].results).toEqual([]);
  });
});

interface Result {
  message: { text: string };
  partialFingerprints: Record<string, string>;
}

describe("hostile names", () => {
  /** Reviews of deployments whose every text is hostile: all of it new, gone, and changed. */
  const hostileReviews = fc.infiniteStream(hostile()).map((texts) => {
    const made = () => takeSnapshot(hostileContent(() => `${texts.next().value}`));
    const [one, other] = [made(), made()];
    return [diffSnapshots(one, other), diffSnapshots(SMALL, one), diffSnapshots(undefined, one)];
  });
  const each = (check: (review: Review) => void) =>
    fc.assert(
      fc.property(hostileReviews, (reviews) => void reviews.map(check)),
      { numRuns: 3 },
    );
  const seen = (text: string) => /(?!\n)[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.exec(text)?.[0];

  test("are nothing but code in Markdown", () => {
    each((review) => {
      const text = toMarkdown(review);
      expect(seen(text)).toBeUndefined();
      const tokens = all(marked.lexer(text));
      for (const token of tokens) {
        expect(
          ["link", "image", "heading", "def", "escape", "strong", "em", "del"].filter(
            (type) => type === token.type && !/^(##|\*\*)/.test(token.raw),
          ),
        ).toEqual([]);
        if (token.type === "html")
          expect(token.raw).toMatch(/^(<br>|<details><summary>[A-Z][a-z ]+<\/summary>\s*|<\/details>\s*)$/);
        if (token.type === "text" && !("tokens" in token && token.tokens))
          expect(token.raw).not.toMatch(/[@#<>]|:\/\/|www\./);
        if (token.type === "table") {
          expect(token.header).toHaveLength(5);
          for (const row of token.rows) expect(row).toHaveLength(5);
        }
        if (token.type === "code") expect(token.lang).toBe("mermaid");
      }
      const rows = tokens.filter(({ type }) => type === "table").map((token) => "rows" in token && token.rows.length);
      expect(rows).toEqual([text.split("\n").filter((line) => /^\| [🟥🟧🟨🟦⬜]/u.test(line)).length]);
    });
  });

  test("are nothing but labels in Mermaid", () => {
    each((review) => {
      const code = /```mermaid\n([\s\S]*?)```/.exec(toMarkdown(review))?.[1] ?? "flowchart LR\n";
      for (const line of code.trimEnd().split("\n"))
        expect(line).toMatch(
          /^( *(end|flowchart LR|internet\(\("internet"\)\)|subgraph z\d+\["[^"<>&`]*"\]|w\d+\["[^"<>&`]*"\])| {2}(\w+) -\.?->\|"([^"<>&`|]|<br\/>)*"\| \w+| {2}(classDef|class|linkStyle) [\w ,:#-]+)$/u,
        );
    });
  });

  test("act on no terminal, shell or runner as text", () => {
    each((review) => {
      const text = toText(review);
      expect(seen(text)).toBeUndefined();
      expect(text).not.toMatch(/`|\$[({]|##\[/);
      const lines =
        /^(|Perimeter of .*|(CRITICAL|HIGH|MEDIUM|LOW|INFO) {2}[A-Z][\w .']+ \[[a-z-]+\]| {2}(What: |Why: ).*| {4}([-+] .*|and \d+ more))$/u;
      for (const line of text.split("\n")) expect(line).toMatch(lines);
    });
  });

  test("are the same texts in JSON, in characters that do nothing", () => {
    each((review) => {
      const text = toJson(review);
      expect(text).toMatch(/^[\n\x20-\x7e]*$/);
      expect(text).not.toMatch(/[<>&`$]|##\[/);
      const back = JSON.parse(text).findings.map(({ fingerprint: _, ...finding }: { fingerprint: string }) => finding);
      expect(back).toEqual(review.findings);
    });
  });

  test("are neither links nor placeholders in SARIF", () => {
    each((review) => {
      const text = toSarif(review);
      expect(text).toMatch(/^[\n\x20-\x7e]*$/);
      const log = JSON.parse(text);
      expect(log).toBeValidSarifLog();
      for (const { message } of log.runs[0].results as Result[]) {
        expect(seen(message.text)).toBeUndefined();
        expect(message.text.replace(/\\[[\]\\]/g, "")).not.toMatch(/[[\]]/);
        expect(message.text.replace(/\{\{|\}\}/g, "")).not.toMatch(/[{}]/);
      }
    });
  });
});

/** A token and everything in it. */
function all(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token) => {
    if (token.type === "list") return [token, ...all(token.items)];
    if (token.type === "table") {
      const cells = [...token.header, ...token.rows.flat()] as { tokens: Token[] }[];
      return [token, ...cells.flatMap((cell) => all(cell.tokens))];
    }
    return [token, ...all(("tokens" in token && token.tokens) || [])];
  });
}
