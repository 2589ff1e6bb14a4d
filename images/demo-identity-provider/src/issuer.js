/** Made-up users must never sign in anywhere but on the machine in front of you. */
export function isLocalIssuer(issuer) {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname, search, hash, username, password, pathname, origin } = new URL(issuer);
  // The parser forgives much (capitals, default port, dot segments); tokens and clients compare the exact text.
  const exact = issuer === origin + (pathname === "/" ? "" : pathname);
  const local =
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
  return exact && local && protocol === "https:" && !search && !hash && !username && !password && !issuer.endsWith("/");
}
