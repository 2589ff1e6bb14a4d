// Every page of the server: plain HTML that works without scripts, one style sheet, light and dark.
import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; --text: #1c2024; --muted: #5b636b; --page: #f3f4f6; --card: #fff; --line: #868e96; --accent: #1d4ed8; --onAccent: #fff; --alert: #b42318; }
@media (prefers-color-scheme: dark) { :root { --text: #eceef0; --muted: #a9b1b9; --page: #111315; --card: #1b1e21; --line: #7b848d; --accent: #8ab4ff; --onAccent: #0b1220; --alert: #ff9b8f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 2rem; background: var(--card); border-radius: .75rem; box-shadow: 0 1px 3px rgb(0 0 0 / .2); }
h1 { margin: 0; font-size: 1.5rem; }
p { margin: .5rem 0 0; }
.demo { color: var(--muted); font-size: .9rem; }
.alert { margin-top: 1rem; padding: .6rem .8rem; border-left: .25rem solid var(--alert); color: var(--alert); }
label { display: block; margin-top: 1rem; font-weight: 600; }
input { width: 100%; margin-top: .25rem; padding: .6rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; font: inherit; }
button { width: 100%; margin-top: 1.25rem; padding: .7rem; border: 1px solid var(--accent); border-radius: .4rem; background: var(--accent); color: var(--onAccent); font: inherit; font-weight: 600; cursor: pointer; }
button.second { background: transparent; color: inherit; border-color: var(--line); margin-top: .75rem; }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/**
 * Chromium applies form-action to the redirects after a form too, and signing in ends at the application: hence https.
 * The empty script-src is where the OIDC library adds the hash of its one page that submits itself.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src",
  `style-src 'sha256-${styleHash}'`,
  "form-action 'self' https:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

export function signInPage({ action, email = "", problem }) {
  const alert = problem ? `<p class="alert" role="alert" id="problem">${escapeHtml(problem)}</p>` : "";
  const described = problem ? ' aria-describedby="problem"' : "";
  return page(
    "Sign in",
    `${alert}
<form method="post" action="${escapeHtml(action)}">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${escapeHtml(email)}"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${described}>
<label for="code">One-time code (only for accounts with a second factor)</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="7">
<button type="submit">Sign in</button>
</form>`,
  );
}

/** `form` is the library's hidden form, which carries the address and the token against forged requests. */
export function signOutPage(form) {
  return page(
    "Sign out",
    `<p>Do you want to sign out?</p>
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="second">Stay signed in</button>`,
  );
}

export function messagePage(title, message) {
  return page(title, `<p>${escapeHtml(message)}</p>`);
}

function page(title, body) {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="demo">Demo identity provider. For this machine only.</p>
${body}
</main>
</body>
</html>
`;
}

function escapeHtml(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replaceAll(/[&<>"']/g, (character) => entities[character]);
}
