import fc from "fast-check";
import type { Role } from "../../lib/access/role";
import type { Perimeter } from "../../lib/perimeter";
import { type Snapshot, takeSnapshot } from "../../lib/review";
import { perimeters } from "./perimeters";

export type Content = Omit<Snapshot, "format" | "digest">;

/** A small deployment in which everything that can differ is there once. */
export function content(): Content {
  return {
    project: "shop",
    stack: "production",
    perimeter: {
      trustDomain: "shop.internal",
      zones: [{ name: "public", purpose: "Takes what comes.", cidr: "10.1.0.0/24" }, { name: "inner" }],
      workloads: [
        { name: "edge", zone: "public", ports: { https: 8443 }, names: ["shop.example.com"] },
        { name: "guard", zone: "inner", ports: { mtls: 8443, spare: 9000 } },
        { name: "vault", zone: "inner", ports: { mtls: 8443 }, credentials: ["orders", "mail"] },
        { name: "there", zone: "inner", ports: { https: 6443 }, addresses: ["10.2.0.0/24"] },
      ],
      flows: [
        { from: "internet", to: "edge", port: "https", authentication: "tls+jwt", purpose: "People come in." },
        { from: "edge", to: "guard", port: "mtls", authentication: "mtls+jwt", purpose: "Passes requests on." },
        { from: "vault", to: "there", port: "https", authentication: "tls+address", purpose: "Asks the cluster." },
        {
          from: "vault",
          to: "internet",
          port: "443",
          hosts: ["api.example.com", "mail.example.com"],
          ranges: ["10.8.0.0/16"],
          authentication: "tls+jwt",
          purpose: "Orders.",
        },
      ],
      credentials: [
        { name: "orders", opens: "Every order." },
        { name: "mail", opens: "Every letter." },
      ],
    },
    leafHours: 12,
    entrance: { url: "https://shop.example.com", kind: "cluster-ip", from: ["10.0.0.0/8"], except: ["10.9.0.0/16"] },
    login: "envoy",
    identityProvider: {
      issuer: "https://login.example.com",
      audiences: ["shop"],
      groupsClaim: "groups",
      acceptUnverifiedEmail: false,
      mfa: { amr: ["mfa"], acr: [] },
    },
    roles: [
      role("admin", { requireMfa: true, scopes: ["operator.admin", "operator.read"], adminEmails: ["a@example.com"] }),
      role("viewer", { domains: ["example.com"], expiresAt: "2027-01-01T00:00:00.000Z" }),
    ],
    agent: { exec: "deny", files: "workspace" },
  };
}

export function role(name: string, more: Partial<Role> = {}): Role {
  return {
    name,
    groups: ["everyone"],
    emails: [],
    domains: [],
    clients: [],
    requireMfa: false,
    scopes: ["operator.read"],
    adminEmails: [],
    ...more,
  };
}

/** A deployment that differs from the small one by what is done to a copy of it. */
export function edited(edit: (content: Content) => void): Snapshot {
  const copy = content();
  edit(copy);
  return takeSnapshot(copy);
}

/** Deployments with any perimeter, of which two are likely to have much in common. */
export function snapshots(): fc.Arbitrary<Snapshot> {
  const few = <Item>(...items: Item[]) => fc.subarray(items);
  return fc
    .record({
      perimeter: perimeters(),
      leafHours: fc.integer({ min: 1, max: 24 }),
      kind: fc.constantFrom("loopback", "cluster-ip", "node-port", "load-balancer"),
      from: few("10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/9", "10.128.0.0/9", "0.0.0.0/0"),
      except: few("10.3.0.0/16", "10.3.4.0/24"),
      login: fc.constantFrom("envoy", "oauth2-proxy", "assertion"),
      issuer: fc.constantFrom("https://a.example.com", "https://b.example.com"),
      audiences: few("one", "two"),
      acceptUnverifiedEmail: fc.boolean(),
      roles: fc.uniqueArray(roles(), { maxLength: 3, selector: ({ name }) => name }),
      exec: fc.constantFrom("deny", "ask"),
      files: fc.constantFrom("none", "workspace"),
    })
    .map(({ perimeter, leafHours, kind, from, except, login, issuer, audiences, acceptUnverifiedEmail, ...more }) =>
      takeSnapshot({
        project: "shop",
        stack: "production",
        perimeter,
        leafHours,
        entrance: { url: "https://shop.example.com", kind, from, except },
        login,
        identityProvider: {
          issuer,
          audiences,
          groupsClaim: "groups",
          acceptUnverifiedEmail,
          mfa: { amr: ["mfa"], acr: [] },
        },
        roles: more.roles,
        agent: { exec: more.exec, files: more.files },
      } as Content),
    );
}

function roles(): fc.Arbitrary<Role> {
  const few = (...items: string[]) => fc.subarray(items);
  return fc
    .record({
      name: fc.constantFrom("admin", "operator", "viewer"),
      groups: few("everyone", "staff"),
      emails: few("a@example.com"),
      domains: few("example.com"),
      clients: few("nightly"),
      requireMfa: fc.boolean(),
      scopes: few("operator.admin", "operator.read", "operator.write"),
      expiresAt: fc.constantFrom(undefined, "2027-01-01T00:00:00.000Z", "2028-01-01T00:00:00.000Z"),
      adminEmails: few("a@example.com"),
    })
    .map((made) => made);
}

/** Every list of a value in another order. */
export function shuffled<Value>(value: Value, random: () => number): Value {
  if (Array.isArray(value)) {
    const items = value.map((item) => shuffled(item, random));
    for (let i = items.length - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1));
      [items[i], items[other]] = [items[other], items[i]];
    }
    return items as Value;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shuffled(inner, random)])) as Value;
}

/** Texts that try to be more than text where they are shown. */
export function hostile(): fc.Arbitrary<string> {
  const attacks = fc.constantFrom(
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</summary></details><h1>",
    "![x](https://evil.example.com/x.png)",
    "[click](https://evil.example.com)",
    "https://evil.example.com",
    "www.evil.example.com",
    "<https://evil.example.com>",
    "mail@evil.example.com",
    "@everybody",
    "#1",
    "| a | b |",
    "\\| a",
    "a\n| b | c |\n\n# d",
    "a\r\n\r\n```\n<b>",
    "```",
    "``",
    "`",
    "~~~",
    "\u001b[31mred\u001b[0m",
    "\u009b2J",
    "\u202egnp.exe",
    "\u2066a\u2069",
    "\u2028x",
    "$(reboot)",
    "`reboot`",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what a workflow would put a value in for
    "${{ secrets.KEY }}",
    "::set-output name=x::y",
    "##[command]x",
    '"]\n  end\n  click x "javascript:alert(1)"',
    '"| internet --> ',
    "%%{init: {}}%%",
    "{0} [x](1)",
    "$$\\text{x}$$",
    "",
    " ",
  );
  return fc
    .array(fc.oneof({ weight: 3, arbitrary: attacks }, fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 4 })
    .map((parts) => parts.join(""));
}

/** A deployment all of whose texts are hostile; nobody validated it. */
export function hostileContent(text: () => string): Content {
  const perimeter: Perimeter = {
    trustDomain: text(),
    zones: [{ name: text(), purpose: text() }],
    workloads: [0, 1, 2].map(() => ({
      name: text(),
      zone: text(),
      ports: { [text()]: 1 },
      names: [text()],
      addresses: [text()],
      credentials: [text()],
    })),
    flows: [],
    credentials: [{ name: text(), opens: text() }],
  };
  const [one, other] = perimeter.workloads.map(({ name }) => name);
  for (const [from, to] of [
    ["internet", one],
    [one, other],
  ])
    perimeter.flows.push({ from: `${from}`, to: `${to}`, port: text(), authentication: "mtls", purpose: text() });
  perimeter.flows.push({
    ...{ from: `${other}`, to: "internet", port: text(), authentication: "tls+jwt", purpose: text() },
    hosts: [text(), text(), text(), text(), text()],
    ranges: [text()],
  });
  return {
    ...content(),
    project: "shop",
    stack: text(),
    perimeter,
    entrance: { url: text(), kind: "load-balancer", from: [text()], except: [text()], proxy: text() },
    identityProvider: { ...content().identityProvider, issuer: text(), audiences: [text()], jwks: text() },
    roles: [role(text(), { groups: [text()], emails: [text()], domains: [text()], adminEmails: [text()] })],
  };
}
