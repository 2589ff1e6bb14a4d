import { Authentication } from "../perimeter/model";

/** What a way to authenticate proves; a way is at least as good as another if it is in every respect. */
interface Proof {
  /** Whether the callee proves itself. */
  callee: boolean;
  /** How the caller is known: 0 not at all, 1 by address, 2 by something it sends and that could be copied, 3 by a key it keeps. */
  caller: 0 | 1 | 2 | 3;
  /** Whether the single request is signed for by the identity provider. */
  request: boolean;
}

const PROOFS: Record<Authentication, Proof> = {
  [Authentication.None]: { callee: false, caller: 0, request: false },
  [Authentication.TlsAddress]: { callee: true, caller: 1, request: false },
  [Authentication.TlsCredential]: { callee: true, caller: 2, request: false },
  [Authentication.TlsJwt]: { callee: true, caller: 2, request: true },
  [Authentication.Mtls]: { callee: true, caller: 3, request: false },
  [Authentication.MtlsJwt]: { callee: true, caller: 3, request: true },
};

/**
 * Whether the second way leaves anything unproven that the first proves. Neither of `mtls` and `tls+jwt` replaces the other: one knows
 * the program, the other the person.
 */
export function isWeaker(before: Authentication, after: Authentication): boolean {
  const [one, other] = [PROOFS[before], PROOFS[after]];
  if (one === undefined || other === undefined) return before !== after;
  return (one.callee && !other.callee) || one.caller > other.caller || (one.request && !other.request);
}
