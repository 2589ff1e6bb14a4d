import { decide, Fact } from "../../lib/access/decision";
import type { LoginArgs } from "../../lib/access/login";
import { validateLogin } from "../../lib/access/login-args";
import { pages } from "../../lib/access/pages";
import { type RateLimitArgs, resolveRateLimits } from "../../lib/access/rate-limits";
import { revocationCommand } from "../../lib/access/revocation";
import { type RoleArgs, resolveRoles } from "../../lib/access/roles";
import { importRoles } from "../../lib/access/roles-yaml";
import { checkPrivateRanges } from "../../lib/egress/private-ranges";
import { cel, removeClientClaims } from "../../lib/envoy";

/** Every reason an attempt was refused with. */
function reasons(attempt: () => unknown): string[] {
  try {
    attempt();
  } catch (error) {
    const { reason, errors, message } = error as { reason?: string; errors?: { reason: string }[]; message: string };
    return errors ? errors.map((one) => one.reason) : [reason ?? message];
  }
  return [];
}

describe("roles that cannot be", () => {
  const cases: [string, Record<string, RoleArgs>, string][] = [
    ["no member", { admin: {} }, "a role without groups, emails, domains or clients has no members; name at least one"],
    [
      "a group with a line break",
      { admin: { groups: ["a\nb"] } },
      '"a\\nb" cannot be one; write it as "platform-admins"',
    ],
    ["an empty group", { admin: { groups: [""] } }, '"" cannot be one; write it as "platform-admins"'],
    [
      "an address without @",
      { admin: { emails: ["alice"] } },
      '"alice" cannot be one; write it as "alice@example.com"',
    ],
    [
      "an address with a space",
      { admin: { emails: ["a b@c.d"] } },
      '"a b@c.d" cannot be one; write it as "alice@example.com"',
    ],
    [
      "a wildcard domain",
      { viewer: { domains: ["*.example.com"] } },
      '"*.example.com" cannot be one; write it as "example.com"',
    ],
    [
      "a domain with @",
      { viewer: { domains: ["@example.com"] } },
      '"@example.com" cannot be one; write it as "example.com"',
    ],
    [
      "a domain in capitals",
      { viewer: { domains: ["Example.com"] } },
      '"Example.com" cannot be one; write it as "example.com"',
    ],
    [
      "a program's name with a space",
      { viewer: { clients: ["a b"] } },
      '"a b" cannot be one; write it as "nightly-report"',
    ],
    [
      "a program that is admin",
      { admin: { clients: ["robot"] } },
      'a program is no admin by default; give it a role of its own, or list the scopes of "admin"',
    ],
    [
      "a program with a second factor",
      { viewer: { clients: ["robot"], requireMfa: true } },
      "a program has no second factor, so it could never enter; give it a role without requireMfa",
    ],
    [
      "a day",
      { viewer: { groups: ["a"], expiresAt: "2026-12-01" } },
      '"2026-12-01" is no time; write it as 2026-12-01T00:00:00Z, with its zone',
    ],
    [
      "a time without its zone",
      { viewer: { groups: ["a"], expiresAt: "2026-12-01T00:00:00" } },
      '"2026-12-01T00:00:00" is no time; write it as 2026-12-01T00:00:00Z, with its zone',
    ],
    [
      "a 13th month",
      { viewer: { groups: ["a"], expiresAt: "2026-13-01T00:00:00Z" } },
      '"2026-13-01T00:00:00Z" is no time; write it as 2026-12-01T00:00:00Z, with its zone',
    ],
  ];
  test.each(cases)("%s", (_name, roles, reason) => {
    expect(reasons(() => resolveRoles(roles))).toEqual([reason]);
  });
});

describe("roles.yaml", () => {
  test("gives each group its scopes", () => {
    expect(importRoles('support: ["operator.read", "operator.write"]')).toEqual({
      support: { groups: ["support"], scopes: ["operator.read", "operator.write"] },
    });
    expect(importRoles('admin: ["*"]').admin?.scopes).toContain("operator.admin");
  });

  test.each([
    ['support: ["ticket:read"]', 'OpenClaw has no scope "ticket:read"; use "operator.read"'],
    ['support: ["ticket:update"]', 'OpenClaw has no scope "ticket:update"; use "operator.write"'],
    ['admin: ["ticket:*"]', 'OpenClaw has no scope "ticket:*"; use "operator.admin"'],
    ['viewer: ["operator.raed"]', 'OpenClaw has no scope "operator.raed"; did you mean "operator.read"?'],
    ["viewer: operator.read", 'is not a list of scopes by role; write it as viewer: ["operator.read"]'],
    ["- viewer", 'is not a list of scopes by role; write it as viewer: ["operator.read"]'],
    ["viewer: []", 'is not a list of scopes by role; write it as viewer: ["operator.read"]'],
  ])("%s is refused", (yaml, reason) => {
    expect(reasons(() => importRoles(yaml))).toEqual([reason]);
  });

  test("what is no YAML is refused", () => {
    expect(reasons(() => importRoles("a: [b"))[0]).toMatch(/^is no YAML: /);
  });
});

describe("other settings that cannot be", () => {
  const logins: [LoginArgs, string][] = [
    [
      { engine: "assertion", signOut: "/out" },
      "undefined is no header's name; write it in lower case, as x-pomerium-jwt-assertion",
    ],
    [
      { engine: "assertion", header: "X-Assertion", signOut: "/out" },
      '"X-Assertion" is no header\'s name; write it in lower case, as x-pomerium-jwt-assertion',
    ],
    [
      { engine: "assertion", header: "x-assertion" },
      "undefined is no way out; write a path such as /.pomerium/sign_out, or an https URL",
    ],
    [
      { engine: "assertion", header: "x-assertion", signOut: "http://a/out" },
      '"http://a/out" is no way out; write a path such as /.pomerium/sign_out, or an https URL',
    ],
    [{ engine: "envoy", header: "x-assertion" }, 'belongs to the engine "assertion"; remove it, or change the engine'],
    [{ engine: "envoy", signOut: "/out" }, 'belongs to the engine "assertion"; remove it, or change the engine'],
  ];
  test.each(logins)("login %j", (login, reason) => {
    expect(reasons(() => validateLogin(login))).toEqual([reason]);
  });

  const limits: [RateLimitArgs, string][] = [
    [{ perUser: { burst: 0, perSecond: 1 } }, "0 is no number of requests; use a whole number from 1 to 100000"],
    [{ login: { burst: 1, perSecond: 0.5 } }, "0.5 is no number of requests; use a whole number from 1 to 100000"],
    [
      { perAddress: { burst: 200_000, perSecond: 1 } },
      "200000 is no number of requests; use a whole number from 1 to 100000",
    ],
  ];
  test.each(limits)("rateLimits %j", (limit, reason) => {
    expect(reasons(() => resolveRateLimits(limit))).toEqual([reason]);
  });

  test.each([["169.254.169.254/32"], ["127.0.0.0/8"], ["8.8.8.0/24"], ["10.0.0.1/24"], ["10.0.0.0"]])(
    "the private range %s",
    (range) => {
      expect(reasons(() => checkPrivateRanges([range], "privateRanges"))).toHaveLength(1);
    },
  );
});

describe("the decision", () => {
  const reading = { groupsClaim: "groups", acceptUnverifiedEmail: false, mfa: { amr: ["mfa"], acr: [] } };
  const facts = (roles: Record<string, RoleArgs>): Record<string, string> => {
    const { typed_config } = decide(resolveRoles(roles), reading) as never as {
      typed_config: {
        on_request_headers: { object_key: string; format_string: { text_format_source: { inline_string: string } } }[];
      };
    };
    return Object.fromEntries(
      typed_config.on_request_headers.map(({ object_key, format_string }) => [
        object_key,
        format_string.text_format_source.inline_string,
      ]),
    );
  };

  test("grants a scope to whoever holds any role that has it", () => {
    const scopes = facts({ operator: { groups: ["ops"] }, viewer: { groups: ["all"] } })[Fact.Scopes] as string;
    const read = scopes.split("%%").find((one) => one.includes("operator.read"));
    expect(read).toContain('"ops" in');
    expect(read).toContain('"all" in');
    expect(scopes.split("%%").find((one) => one.includes("operator.write"))).not.toContain('"all" in');
  });

  test("no name in it can end an expression or the format around it", () => {
    const text = facts({ viewer: { groups: [`a"b)%\\`] } })[Fact.Roles] as string;
    expect(text).toContain('"a\\U00000022b\\U00000029\\U00000025\\U0000005c" in');
    expect(() => cel.claim('x"]')).toThrow('"x"]" is no name of a claim');
  });

  test("a role that ends is compared with the clock", () => {
    const roles = facts({ viewer: { groups: ["a"], expiresAt: "2026-12-01T01:00:00+01:00" } })[Fact.Roles];
    expect(roles).toContain('request.time < timestamp("2026-12-01T00:00:00.000Z")');
  });
});

test("headers of a client are removed but for the one that is verified", () => {
  const { typed_config } = removeClientClaims(["x-pomerium-jwt-assertion"]) as never as {
    typed_config: { mutations: { remove_on_match?: { key_matcher: { safe_regex?: { regex: string } } } }[] };
  };
  const found = typed_config.mutations.find(({ remove_on_match }) => remove_on_match?.key_matcher.safe_regex);
  const removed = new RegExp(`^${found?.remove_on_match?.key_matcher.safe_regex?.regex}$`);
  expect(removed.test("x-pomerium-jwt-assertion")).toBe(false);
  for (const other of [
    "x-pomerium-",
    "x-pomerium-claim-email",
    "x-pomerium-jwt-assertion-for",
    "x-pomerium-jwt",
    "x-pomerium-j",
  ])
    expect([other, removed.test(other)]).toEqual([other, true]);
});

test("pages cannot be written into", () => {
  expect(pages('<script>"&', "/out").noRole).toContain("Ask &lt;script&gt;&quot;&amp;.");
});

describe("the revocation's command", () => {
  test("names one person", () => {
    expect(revocationCommand("revoke", { user: "alice@example.com" })).toEqual([
      "/policy-administrator",
      "revoke",
      "--user",
      "alice@example.com",
      "--socket",
      "/run/workload/administrator.sock",
    ]);
  });

  test.each([
    ["revoke", {}, "revoke needs exactly one of user, subject and session"],
    ["restore", { user: "a", session: "b" }, "restore needs exactly one of user, subject and session"],
    ["list", { user: "a" }, "list shows everybody; leave out user, subject and session"],
    [
      "revoke",
      { user: "a\nb" },
      "the user is empty, longer than 512 characters, or has control characters; write it as the guard's log does",
    ],
  ] as const)("%s %j is refused", (action, selector, reason) => {
    expect(reasons(() => revocationCommand(action, selector))).toEqual([reason]);
  });
});
