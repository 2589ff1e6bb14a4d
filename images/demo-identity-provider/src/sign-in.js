import { log } from "./log.js";
import { messagePage, signInPage } from "./pages.js";

const maxBody = 8192;
const wrong = "The email, the password or the one-time code is not right.";
const expired = "This sign-in is no longer valid. Go back to the application and start again.";

/** GET shows the form, POST checks it. The library's interaction cookie ties both to one browser. */
export function createSignIn(provider, users) {
  return async function signIn(req, res) {
    const interaction = await findInteraction(provider, req, res);
    const action = `${req.baseUrl}${req.url}`;
    if (!interaction) return html(res, 400, messagePage("Sign in", expired));

    if (interaction.prompt.name !== "login") {
      return provider.interactionFinished(req, res, { consent: {} });
    }
    if (req.method === "GET") {
      return html(res, 200, signInPage({ action, email: interaction.params.login_hint }));
    }
    if (req.method !== "POST") {
      res.setHeader("allow", "GET, POST");
      return html(res, 405, messagePage("Sign in", "Only the form on the sign-in page leads here."));
    }

    const form = await readForm(req);
    if (!form) return html(res, 413, messagePage("Sign in", "The form is too large."));
    const outcome = users.signIn(form);
    // Somebody who types the password into the wrong field must not find it in the log.
    log({ event: "sign-in", email: outcome.user?.email ?? "(unknown)", result: outcome.result, amr: outcome.amr });

    if (outcome.result === "ok") {
      const { user, amr } = outcome;
      const login = { accountId: user.sub, amr, acr: amr.includes("mfa") ? "mfa" : "pwd" };
      return provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
    }
    if (outcome.result === "locked") {
      res.setHeader("retry-after", String(outcome.wait));
      const problem = "Too many wrong tries for this account. Wait a few minutes and try again.";
      return html(res, 429, signInPage({ action, email: form.email, problem }));
    }
    return html(res, 401, signInPage({ action, email: form.email, problem: wrong }));
  };
}

async function findInteraction(provider, req, res) {
  try {
    const interaction = await provider.interactionDetails(req, res);
    return req.url === `/login/${interaction.uid}` ? interaction : undefined;
  } catch (error) {
    if (error.name === "SessionNotFound") return undefined;
    throw error;
  }
}

async function readForm(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > maxBody) return undefined;
    chunks.push(chunk);
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  return { email: form.get("email") ?? "", password: form.get("password") ?? "", code: form.get("code") ?? "" };
}

function html(res, status, body) {
  res.statusCode = status;
  res.setHeader("content-type", "text/html; charset=utf-8");
  res.end(body);
}
