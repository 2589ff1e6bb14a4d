/**
 * What OpenClaw's own security audit finds in every deployment, and why it stays. `docs/openclaw-audit.md` says the same to people; a
 * finding that is not here fails the test on a real engine.
 */
export const UNAVOIDABLE_FINDINGS: Record<string, string> = {
  "fs.config.symlink":
    "Files are swapped by a symbolic link, all at once. Link and target are in one volume that OpenClaw can only read.",
  "gateway.trusted_proxy_auth":
    "Always reported in this mode. The proxy is the guard: one exact address, on a network with no other member, and it verifies every token again.",
  "gateway.trusted_proxy_device_auto_approve":
    "Whoever signs in has proved more than a device could, and the guard caps what any device is granted; admin is never granted to one.",
  "gateway.trusted_proxy_no_allowlist":
    "Who may enter is decided by the identity provider's groups at the guard. A list of names here would have to follow every change there.",
  "summary.attack_surface": "A summary, reported always: nothing in it is open.",
};
