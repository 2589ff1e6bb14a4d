import { cel, establish } from "../envoy";
import type { Role } from "./role";
import { SCOPES } from "./role";

/** What guard and edge find out about a request from its verified token. Pure. */
export const Fact = {
  /** E-mail address of a person, `client:<id>` of a program; unknown if the token has neither. */
  User: "zt.user",
  /** Names of the roles held, each followed by a space. */
  Roles: "zt.roles",
  /** OpenClaw's scopes of all roles held, each followed by a comma. */
  Scopes: "zt.scopes",
  /** Names of the roles that only lack a second factor, each followed by a space. */
  LacksMfa: "zt.lacks-mfa",
  Subject: "zt.subject",
  /** The identity provider's session. */
  Session: "zt.session",
} as const;

/** Which claims to believe, and how. */
export interface TokenReading {
  groupsClaim: string;
  acceptUnverifiedEmail: boolean;
  /** Values of `amr` and `acr` that say there was a second factor. */
  mfa: { amr: string[]; acr: string[] };
}

/** The filter that finds out who asks and what they may do. Roles end by the clock, without anybody doing anything. */
export function decide(roles: Role[], reading: TokenReading) {
  const holders = holdersOf(roles, reading);
  const scopes = SCOPES.map((scope) => ({
    scope,
    held: cel.any(holders.filter(({ role }) => role.scopes.includes(scope)).map(({ held }) => held)),
  }));
  return establish({
    ...whoAndAs(holders, reading),
    [Fact.Scopes]: scopes
      .filter(({ held }) => held !== cel.NEVER)
      .map(({ scope, held }) => cel.textWhere(held, `${scope},`))
      .join(""),
    [Fact.LacksMfa]: roles
      .filter(({ requireMfa }) => requireMfa)
      .map((role) => cel.textWhere(cel.all([member(role, reading), `!${secondFactor(reading)}`]), `${role.name} `))
      .join(""),
    [Fact.Subject]: cel.claimWhere(cel.isVisible("sub"), "sub"),
    [Fact.Session]: cel.claimWhere(cel.isVisible("sid"), "sid"),
  });
}

/** The filter that finds out who asks and in which roles, for a log: what they may do is decided elsewhere. */
export function recognize(roles: Role[], reading: TokenReading) {
  return establish(whoAndAs(holdersOf(roles, reading), reading));
}

interface Holders {
  role: Role;
  /** Condition under which somebody holds it. */
  held: string;
}

function holdersOf(roles: Role[], reading: TokenReading): Holders[] {
  return roles.map((role) => ({ role, held: cel.all([member(role, reading), ...factor(role, reading)]) }));
}

function whoAndAs(holders: Holders[], reading: TokenReading): Record<string, string> {
  return {
    [Fact.User]: [
      cel.claimWhere(cel.all([personCondition(reading), cel.isVisible("email")]), "email"),
      ...programs().flatMap(([condition, claim]) => {
        const visible = cel.all([condition, cel.isVisible(claim)]);
        return [cel.textWhere(visible, "client:"), cel.claimWhere(visible, claim)];
      }),
    ].join(""),
    [Fact.Roles]: holders.map(({ role, held }) => cel.textWhere(held, `${role.name} `)).join(""),
  };
}

/** Whether any role is for programs, which bring a token of their own. */
export function acceptsPrograms(roles: Role[]): boolean {
  return roles.some(({ clients }) => clients.length > 0);
}

function personCondition({ acceptUnverifiedEmail }: TokenReading): string {
  return cel.all([cel.isText("email"), ...(acceptUnverifiedEmail ? [] : [cel.isTrue("email_verified")])]);
}

/** A program's token has no address. Who asked for it is in `azp`, or by RFC 9068 in `client_id`. */
function programs(): [condition: string, claim: string][] {
  const noPerson = cel.isMissing("email");
  return [
    [cel.all([noPerson, cel.isText("azp")]), "azp"],
    [cel.all([noPerson, cel.isMissing("azp"), cel.isText("client_id")]), "client_id"],
  ];
}

function member(role: Role, reading: TokenReading): string {
  const { groups, emails, domains, clients, expiresAt } = role;
  const person = personCondition(reading);
  const ways = [
    ...(groups.length > 0 ? [cel.all([person, cel.listsOneOf(reading.groupsClaim, groups)])] : []),
    ...(emails.length > 0 ? [cel.all([person, cel.isOneOf("email", emails)])] : []),
    ...(domains.length > 0
      ? [
          cel.all([
            person,
            cel.endsWithOneOf(
              "email",
              domains.map((domain) => `@${domain}`),
            ),
          ]),
        ]
      : []),
    ...(clients.length > 0
      ? programs().map(([condition, claim]) => cel.all([condition, cel.isOneOf(claim, clients)]))
      : []),
  ];
  return cel.all([cel.any(ways), ...(expiresAt ? [cel.before(expiresAt)] : [])]);
}

function factor({ requireMfa }: Role, reading: TokenReading): string[] {
  return requireMfa ? [secondFactor(reading)] : [];
}

function secondFactor({ mfa }: TokenReading): string {
  return cel.any([cel.listsOneOf("amr", mfa.amr), cel.isOneOf("acr", mfa.acr)]);
}
