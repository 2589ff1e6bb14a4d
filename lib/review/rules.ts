import type { Severity } from "./types";

/** One kind of difference. */
export interface Rule {
  severity: Severity;
  /** What happened, in a few words. */
  title: string;
  /** Why it matters, or what stops working. */
  reason: string;
}

function rule(severity: Severity, title: string, reason: string): Rule {
  return { severity, title, reason };
}

/** Every kind of difference there is, the worst first; `docs/review.md` lists the same. */
export const RULES = {
  "policy-forbids": rule(
    "critical",
    "A policy forbids this",
    "The deployment would be refused. docs/policies.md says what each policy is for, and how one resource is excepted from it.",
  ),
  "manifests-differ": rule(
    "critical",
    "Network policies and perimeter disagree",
    "Packets go by the policies; what these let through must be what the perimeter declares.",
  ),
  "entrance-tls-ended": rule(
    "critical",
    "What is in front of the edge ends people's TLS",
    "It reads sessions, tokens and every word of a conversation, and whoever holds it can speak for everybody.",
  ),
  "entrance-opened": rule(
    "critical",
    "The entrance is open to more of the network",
    "Before, connections came from this machine or the cluster only. Now anybody who reaches the address can try to sign in.",
  ),
  "identity-provider-changed": rule(
    "critical",
    "Somebody else says who people are",
    "Edge and guard believe whoever holds the provider's keys: it can sign a token for any person and any role.",
  ),
  "credential-exposed": rule(
    "critical",
    "A workload that holds a credential can be called from the internet",
    "One flaw in that program is enough to lose the credential; nothing stands in front of it.",
  ),

  "flow-in-added": rule(
    "high",
    "The internet may call a workload",
    "Strangers can send it anything; only its own authentication holds them off.",
  ),
  "flow-out-added": rule(
    "high",
    "A workload may call the internet",
    "Whatever the workload knows can leave by this way, and answers of strangers come in by it.",
  ),
  "hosts-widened": rule(
    "high",
    "A workload may call more hosts",
    "Whatever the workload knows can be sent to the new hosts.",
  ),
  "ranges-widened": rule(
    "high",
    "Hosts may be at more private addresses",
    "Who controls the hosts' names can lead the workload to anything in these ranges, which are inside.",
  ),
  "addresses-widened": rule(
    "high",
    "Something that is there already is at more addresses",
    "All who may call it may call everything that listens at these addresses on its ports.",
  ),
  "authentication-weakened": rule(
    "high",
    "A flow proves less than before",
    "Who gets between the two, or onto the caller's address, is refused by less than before.",
  ),
  "credential-moved": rule(
    "high",
    "A credential is held elsewhere",
    "Who takes over the new holder has it. See what the new place can reach, and what reaches it.",
  ),
  "credential-held": rule("high", "One more workload holds a credential", "There is one more place to take it from."),
  "credential-reach": rule(
    "high",
    "The holder of a credential may call more hosts",
    "The credential can be sent there; it was kept from these hosts before.",
  ),
  "credential-within-reach": rule(
    "high",
    "A workload that holds a credential can be reached from the internet through others",
    "If each workload on the way falls in turn, the credential is lost. Before, no way led there.",
  ),
  "identity-checks-weakened": rule(
    "high",
    "More tokens are believed",
    "Tokens of more clients, without a verified address, or with less of a second factor let people in.",
  ),
  "entrance-widened": rule(
    "high",
    "More addresses may come in",
    "They can try to sign in, which was refused before the first byte.",
  ),
  "role-admin-added": rule(
    "high",
    "A new role may administrate OpenClaw",
    "Its members may change everything OpenClaw does.",
  ),
  "role-scopes-widened": rule("high", "A role may do more", "All who have the role may do it from now on."),
  "role-mfa-dropped": rule(
    "high",
    "A role no longer demands a second factor",
    "A stolen password is enough to have the role.",
  ),
  "role-domain-added": rule(
    "high",
    "Everybody of one more domain has a role",
    "Whoever gets an address of that domain has the role, also those who come later.",
  ),
  "role-admins-added": rule(
    "high",
    "More people may use operator.admin in the Control UI",
    "They may change everything OpenClaw does.",
  ),
  "agent-exec-opened": rule(
    "high",
    "The agent may run shell commands",
    "A command that somebody allows runs as OpenClaw itself and reads every person's conversations.",
  ),
  "agent-files-opened": rule(
    "high",
    "The agent may read and write files",
    "All people share the workspace: what one conversation writes there, tricked by a text, all others obey.",
  ),

  "flow-across-added": rule(
    "medium",
    "A workload may call one in another zone",
    "Who takes over the caller gets one more place to attack, where other things are trusted.",
  ),
  "internet-reach-added": rule(
    "medium",
    "A workload can be reached from the internet through others",
    "If each workload on the way falls in turn, this one is attacked next. Before, no way led there.",
  ),
  "internet-reach-closer": rule(
    "medium",
    "A workload is closer to the internet",
    "Fewer workloads than before have to fall on the way to it.",
  ),
  "credential-reach-indirect": rule(
    "medium",
    "The holder of a credential reaches more through others",
    "If the workloads on the way fall or pass things on, the credential can get there.",
  ),
  "policy-advises": rule(
    "medium",
    "A policy advises against this",
    "docs/policies.md says what each policy is for, and how one resource is excepted from it.",
  ),
  "resource-removed": rule(
    "medium",
    "A resource is deleted or replaced",
    "What it keeps is lost, and who relies on it is interrupted.",
  ),
  "credential-added": rule("medium", "There is a new credential", "It is worth stealing. See who holds it."),
  "reach-not-followed": rule(
    "medium",
    "What credentials reach through others was not followed to the end",
    "The perimeter is too big to follow every holder in one go; new ways through others may exist that are not listed.",
  ),
  "workload-moved": rule(
    "medium",
    "A workload is in another zone",
    "It gets another identity, and is trusted like its new neighbours.",
  ),
  "workload-foreign": rule(
    "medium",
    "A workload is no longer run by this deployment",
    "What is there already is not restrained by this deployment; only who may call it is.",
  ),
  "port-changed": rule(
    "medium",
    "A port has another number",
    "Those who may call the port get to whatever listens on the new number.",
  ),
  "names-added": rule(
    "medium",
    "A workload may call itself by more names",
    "Its certificates carry these names, so it can pass for whatever else is known by them.",
  ),
  "role-added": rule("medium", "There is a new role", "People who were refused get in by it."),
  "role-members-added": rule("medium", "More people or programs have a role", "They may do all that the role allows."),
  "role-expiry-later": rule("medium", "A role ends later", "Its members keep for longer what was to end."),
  "leaf-lifetime-longer": rule(
    "medium",
    "Certificates live longer",
    "A stolen one can be used for so much longer before it ends by itself.",
  ),
  "login-changed": rule(
    "medium",
    "People sign in by another engine",
    "Sessions are kept elsewhere, and sign-out and refresh work differently. Everybody signs in anew.",
  ),
  "entrance-changed": rule(
    "medium",
    "People come in by another way",
    "Old addresses, certificates' names and what stands in front of the entrance have to follow.",
  ),
  "trust-domain-changed": rule(
    "medium",
    "Every identity has another name",
    "Whoever pins an identity of this deployment refuses it until told the new name.",
  ),

  "flow-within-added": rule(
    "low",
    "A workload may call one in its own zone",
    "Both are trusted to the same degree; who takes over the caller gets to the callee.",
  ),
  "flow-removed": rule("low", "A flow is gone", "What it was for stops working."),
  "hosts-narrowed": rule("low", "A workload may call fewer hosts", "What needed these hosts stops working."),
  "ranges-narrowed": rule(
    "low",
    "Hosts may be at fewer private addresses",
    "Calls to hosts that are at these addresses are refused.",
  ),
  "addresses-narrowed": rule(
    "low",
    "Something that is there already is at fewer addresses",
    "Calls to what is at these addresses are refused.",
  ),
  "workload-added": rule("low", "There is a new workload", "By itself it reaches nothing; its flows are listed apart."),
  "workload-removed": rule("low", "A workload is gone", "What it did stops working, and so do flows from and to it."),
  "credential-released": rule(
    "low",
    "A workload no longer holds a credential",
    "What it did with it stops working; the credential itself stays valid until it is replaced.",
  ),
  "credential-removed": rule(
    "low",
    "A credential is gone",
    "What it was for stops working; it stays valid where it opened something, so end it there.",
  ),
  "port-removed": rule("low", "A workload listens on fewer ports", "Nobody can be allowed to call them."),
  "names-removed": rule("low", "A workload has fewer names", "Who calls it by these names refuses its certificate."),
  "role-removed": rule("low", "A role is gone", "Members who have no other role are refused."),
  "role-narrowed": rule(
    "low",
    "A role demands more or allows less",
    "Members who do not meet it are refused; those who do may do less or for a shorter time.",
  ),
  "identity-checks-strengthened": rule(
    "low",
    "Fewer tokens are believed",
    "People and programs whose tokens do not meet it are refused.",
  ),
  "entrance-narrowed": rule("low", "Fewer addresses may come in", "People there are refused."),
  "agent-closed": rule("low", "The agent may do less", "What people asked it to do by this means is refused."),

  "authentication-strengthened": rule(
    "info",
    "A flow proves more than before",
    "Callers that cannot prove it are refused.",
  ),
  "leaf-lifetime-shorter": rule("info", "Certificates live shorter", "A stolen one is worthless sooner."),
  "zone-added": rule("info", "There is a new zone", "By itself it changes nothing."),
  "zone-removed": rule("info", "A zone is gone", "Its workloads are listed apart."),
  "port-added": rule("info", "A workload listens on one more port", "Nobody may call it without a flow."),
  "workload-owned": rule(
    "info",
    "A workload is run by this deployment now",
    "It is restrained like all others from now on.",
  ),
  "hosts-respelled": rule(
    "info",
    "Hosts or their ranges are written differently",
    "What can be called stays the same.",
  ),
  "network-changed": rule("info", "A zone's networks have another range", "Its networks are made anew."),
  "description-changed": rule("info", "A description changed", "Nothing else did."),
  "first-deployment": rule(
    "info",
    "Part of a first deployment",
    "There is nothing to compare with, so all of it is new.",
  ),
} satisfies Record<string, Rule>;

/** Name of a rule. */
export type RuleId = keyof typeof RULES;

/** The rules' names, the worst first. */
export const RULE_IDS = Object.keys(RULES) as RuleId[];
