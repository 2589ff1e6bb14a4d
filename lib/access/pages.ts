import type { LocalReply } from "../envoy";
import { REVOKED } from "../envoy";

/** Words for people whom edge or guard turn away: what happened, and what to do. Pure. */
export interface Pages {
  credentialInQuery: string;
  notFound: string;
  signInAgain: string;
  signInFailed: string;
  unavailable: string;
  revoked: string;
  tooMany: string;
  unusableAddress: string;
  lacksMfa: string;
  noRole: string;
  tooLarge: string;
}

/**
 * @param contact Whom to ask: a name, an address or a URL, shown as text
 * @param signOut Where a session ends, so that another can begin
 */
export function pages(contact: string | undefined, signOut: string): Pages {
  const ask = contact ? `Ask ${escapeHtml(contact)}.` : "Ask whoever runs this OpenClaw.";
  const again = `<a href="${escapeHtml(signOut)}">Sign in again</a>`;
  return {
    credentialInQuery: page(
      "Not accepted",
      "The address contains a credential. Addresses end up in histories and logs: use a header.",
    ),
    notFound: page("Not found", "There is nothing here."),
    signInAgain: page("Signed out", `Your session has ended or is not valid. ${again}.`),
    signInFailed: page(
      "Sign-in failed",
      `Your identity provider did not answer, or did not confirm this sign-in. <a href="/">Try again</a>. ${ask}`,
    ),
    unavailable: page("Not available", "A part of this service does not answer. Wait a moment and try again."),
    revoked: page("Access ended", `This session was signed out, or your access was ended. ${again}. ${ask}`),
    tooMany: page("Too many requests", "Wait a moment and try again."),
    unusableAddress: page("No access", `Your identity provider has not verified your e-mail address. ${ask}`),
    lacksMfa: page("Second factor needed", `Your role needs a sign-in with a second factor. ${again} with it. ${ask}`),
    noRole: page("No access", `You are signed in, but have no role here. ${ask} ${again} as somebody else.`),
    tooLarge: page("Too large", "The request is larger than this server accepts."),
  };
}

/** Which of Envoy's own replies gets which page. */
export function replies(pages: Pages): LocalReply[] {
  const { credentialInQuery, signInAgain, signInFailed, revoked, tooMany, unavailable } = pages;
  return [
    { details: "rbac_access_denied_matched_policy[credential_in_query]", status: 400, page: credentialInQuery },
    { details: `rbac_access_denied_matched_policy[${REVOKED}]`, page: revoked },
    { details: "jwt_authn_access_denied", page: signInAgain },
    { details: "local_rate_limited", page: tooMany },
    // Of the edge's own login, when the code of a sign-in could not be exchanged.
    { details: "Failed to get access token", page: signInFailed },
    { details: "upstream_reset_before_response_started", page: unavailable },
    { details: "no_healthy_upstream", page: unavailable },
  ];
}

function page(title: string, text: string): string {
  const style = "font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem";
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body style="${style}"><h1>${title}</h1><p>${text}</p></body></html>\n`;
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (one) => names[one] as string);
}
