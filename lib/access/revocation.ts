import { RUN } from "../platforms";

/** Container with the policy administrator, in every guard. */
export const ADMINISTRATOR = "policy-administrator";
/** Its socket for commands, which only its own user can open. */
export const ADMINISTRATOR_SOCKET = `${RUN}/administrator.sock`;

/** Whom to shut out, or let in again: exactly one of these. */
export interface Selector {
  /** E-mail address, or `client:<id>` for a program. */
  user?: string;
  /** The identity provider's subject. */
  subject?: string;
  /** The identity provider's session: one browser of one person. */
  session?: string;
}

export const RevocationAction = { Revoke: "revoke", Restore: "restore", List: "list" } as const;
export type RevocationAction = (typeof RevocationAction)[keyof typeof RevocationAction];

/**
 * The command that shuts somebody out, lets them in again, or lists who is out and who is connected. Run it inside the container
 * {@link ADMINISTRATOR} of a guard, whichever: new requests are refused and WebSockets are ended at once, whatever signs people in, and
 * nobody else notices. Guards on Kubernetes tell each other, and each lists what is connected to itself. The list outlives the container.
 * A command that could not be told to the others, or not saved, fails; what it shuts out is out at that guard all the same.
 *
 * Serves requirements 1 and 28.
 *
 * @throws Error for none or more than one selector, or one with control characters
 * @example
 * execFileSync("docker", ["exec", container, ...revocationCommand("revoke", { user: "alice@example.com" })]);
 */
export function revocationCommand(action: RevocationAction, selector: Selector = {}): string[] {
  const given = Object.entries(selector).filter(([, value]) => value !== undefined) as [keyof Selector, string][];
  const command = ["/policy-administrator", action];
  const socket = ["--socket", ADMINISTRATOR_SOCKET];
  if (action === RevocationAction.List) {
    if (given.length > 0) throw new Error("list shows everybody; leave out user, subject and session");
    return [...command, ...socket];
  }
  const [one, ...others] = given;
  if (!one || others.length > 0) throw new Error(`${action} needs exactly one of user, subject and session`);
  const [kind, value] = one;
  if (!/^[^\p{Cc}]{1,512}$/u.test(value))
    throw new Error(
      `the ${kind} is empty, longer than 512 characters, or has control characters; write it as the guard's log does`,
    );
  return [...command, `--${kind}`, value, ...socket];
}
