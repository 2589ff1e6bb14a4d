/** One line of defence in a deployed Envoy, how the test takes it away, and the cases that must notice. */
export interface Defence {
  name: string;
  /** By workload. A defence that both edge and guard have is taken from both: alone neither would be missed, which is the point of having it twice. */
  changes: Record<string, (config: object) => void>;
  cases: string[];
}

// biome-ignore lint/suspicious/noExplicitAny: a configuration of Envoy is JSON of no shape of ours
type Any = any;

/** Calls `change` with every object in the configuration, inner ones too. */
function everywhere(value: Any, change: (object: Any) => void): void {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) change(value);
  for (const inner of Object.values(value)) everywhere(inner, change);
}

/** A change of every object that has this key. */
const where = (key: string, change: (object: Any) => void) => (config: object) =>
  everywhere(config, (object) => {
    if (key in object) change(object);
  });

const set = (key: string, value: unknown) =>
  where(key, (object) => {
    object[key] = value;
  });

const without =
  (...keys: string[]) =>
  (config: object) =>
    everywhere(config, (object) => {
      for (const key of keys) delete object[key];
    });

/** Takes filters out of every chain, by the beginning of their names. */
const withoutFilter = (name: string) => (config: object) =>
  everywhere(config, (object) => {
    for (const key of ["http_filters", "filters"]) {
      if (Array.isArray(object[key])) object[key] = object[key].filter((one: Any) => !`${one.name}`.startsWith(name));
    }
  });

/** Takes routes away, by the beginning of their names. */
const withoutRoute = (name: string) =>
  where("routes", (host) => {
    host.routes = host.routes.filter((route: Any) => !`${route.name}`.startsWith(name));
  });

/** Takes policies out of the deny-list. */
const withoutPolicy = (name: string) =>
  where("policies", ({ policies }) => {
    delete policies[name];
  });

/** Takes every condition on a claim for true. */
const believing = (claim: string) =>
  where("inline_string", (source) => {
    const value = `metadata\\.filter_metadata\\[[^\\]]*\\]\\[[^\\]]*\\]\\.${claim}\\b`;
    for (const condition of [`"[^"]*" in ${value}`, `has\\(${value}\\)`, `type\\(${value}\\) == \\w+`, value]) {
      source.inline_string = source.inline_string.replace(new RegExp(condition, "g"), "true");
    }
  });

const all =
  (...changes: ((config: object) => void)[]) =>
  (config: object) => {
    for (const change of changes) change(config);
  };

const both = (change: (config: object) => void) => ({ edge: change, guard: change });

const UNLIMITED = { max_tokens: 100_000, tokens_per_fill: 100_000, fill_interval: "1s" };
const TYPES = "type.googleapis.com/envoy.extensions";
const PEER = "envoy.filters.http.rbac.peer";
/** Only the side that listens for workloads; towards others an Envoy may go on to pin. */
const listening = (change: (config: object) => void) => (config: object) =>
  change((config as Any).static_resources.listeners);

/** Envoy wants a certificate as soon as it shall compare its names, whatever else is said. */
const anonymous = all(set("require_client_certificate", false), without("match_typed_subject_alt_names"));

/** A listener for everybody that leads to the admin interface. */
const exposeAdmin = (config: Any) => {
  const name = "exposed";
  const address = { socket_address: { address: "0.0.0.0", port_value: 9901 } };
  const proxy = { "@type": `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: name, cluster: name };
  const filters = [{ name: "envoy.filters.network.tcp_proxy", typed_config: proxy }];
  config.static_resources.listeners.push({ name, address, filter_chains: [{ filters }] });
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: config.admin.address } }] }];
  config.static_resources.clusters.push({ name, load_assignment: { cluster_name: name, endpoints } });
};

export const DEFENCES: Defence[] = [
  {
    name: "the client's claims are removed at the edge",
    changes: { edge: without("early_header_mutation_extensions") },
    cases: ["identity.address"],
  },
  {
    name: "the guard overwrites scopes",
    changes: {
      guard: where("request_headers_to_add", (route) => {
        route.request_headers_to_add = [];
      }),
    },
    cases: ["token.scopes-forged"],
  },
  {
    name: "headers with underscores are refused",
    changes: both(set("headers_with_underscores_action", "ALLOW")),
    cases: ["identity.scopes-underscores", "identity.user-underscores"],
  },
  {
    name: "request ids of clients are replaced",
    changes: {
      edge: where("early_header_mutation_extensions", (manager) => {
        manager.preserve_external_request_id = true;
        manager.use_remote_address = false;
      }),
    },
    cases: ["identity.request-id"],
  },
  {
    name: "credentials in the query are refused",
    changes: both(withoutPolicy("credential_in_query")),
    cases: ["query.token.plain", "query.auth.encoded", "query.access_token.websocket", "token.in-query"],
  },
  {
    name: "paths are logged without their query",
    changes: both(
      where("json_format", (log) => {
        log.json_format.path = "%REQ(:PATH)%";
      }),
    ),
    cases: ["log.allowed", "query.harmless"],
  },
  {
    name: "methods are a closed list",
    changes: both(withoutPolicy("method")),
    cases: ["path.propfind", "path.trace"],
  },
  {
    name: "paths have one spelling",
    changes: both(all(set("normalize_path", false), set("merge_slashes", false))),
    cases: ["path.dots", "path.encoded-dots", "path.double-slash", "path.spelling"],
  },
  {
    name: "escaped slashes are refused",
    changes: both(set("path_with_escaped_slashes_action", "KEEP_UNCHANGED")),
    cases: ["path.encoded-slash", "path.encoded-backslash"],
  },
  {
    name: "only the own host is served",
    changes: { edge: set("domains", ["*"]) },
    cases: ["path.other-host", "smuggling.absolute-form"],
  },
  {
    name: "a login is needed",
    changes: {
      edge: all(
        withoutFilter("envoy.filters.http.oauth2"),
        withoutFilter("envoy.filters.http.jwt_authn"),
        without("early_header_mutation_extensions"),
      ),
    },
    cases: ["session.token-in-place"],
  },
  {
    name: "scripts and sockets are not led to the login",
    changes: { edge: without("deny_redirect_matcher") },
    cases: ["session.none-script", "websocket.no-session"],
  },
  {
    name: "the login returns to the own host only",
    changes: { edge: without("allowed_redirect_domains") },
    cases: ["callback.open-redirect"],
  },
  {
    name: "session cookies are bound to the host",
    changes: {
      edge: where("cookie_names", ({ cookie_names: names }) => {
        for (const [key, name] of Object.entries(names)) names[key] = `${name}`.replace("__Host-", "");
      }),
    },
    cases: ["cookie.attributes"],
  },
  {
    name: "cookies are not sent along from other sites",
    changes: { edge: without("same_site") },
    cases: ["cookie.attributes"],
  },
  {
    name: "each address is limited",
    changes: { edge: set("token_bucket", UNLIMITED) },
    cases: ["limit.login-rate", "limit.provider-rate", "limit.address-rate"],
  },
  {
    name: "each person is limited",
    changes: { guard: set("token_bucket", UNLIMITED) },
    cases: ["limit.person-rate"],
  },
  {
    name: "slow clients are not waited for",
    changes: { edge: without("request_headers_timeout", "request_timeout") },
    cases: ["limit.slow-headers", "limit.slow-body"],
  },
  {
    name: "bodies are limited",
    changes: both(all(set("max_request_bytes", 64 * 1024 * 1024), withoutRoute("too_large"))),
    cases: ["limit.body-chunked"],
  },
  {
    name: "headers are limited",
    changes: both(all(set("max_headers_count", 1000), set("max_request_headers_kb", 96))),
    cases: ["limit.headers-many", "limit.cookies-large", "token.oversized"],
  },
  {
    name: "the token's audience is checked",
    changes: { guard: without("audiences") },
    cases: ["token.audience", "token.no-audience"],
  },
  {
    name: "the token's issuer is checked",
    changes: { guard: without("issuer") },
    cases: ["token.issuer", "token.no-issuer"],
  },
  {
    name: "the token must end",
    changes: { guard: set("require_expiration", false) },
    cases: ["token.no-expiry"],
  },
  {
    name: "the token's time is checked",
    changes: { guard: set("clock_skew_seconds", 1_000_000) },
    cases: ["token.expired", "token.not-yet-valid"],
  },
  {
    name: "the address is a verified one",
    changes: { guard: believing("email_verified") },
    cases: ["token.email-unverified", "token.email-verified-text"],
  },
  {
    name: "a role needs its group",
    changes: { guard: believing("groups") },
    cases: ["token.no-role", "token.no-groups", "token.groups-text", "token.groups-part"],
  },
  {
    name: "an administrator needs a second factor",
    changes: { guard: believing("amr") },
    cases: ["token.mfa-missing", "token.mfa-password", "token.mfa-text"],
  },
  {
    name: "who signed out is on the guard's list",
    changes: { guard: withoutFilter("revoked") },
    cases: ["session.after-sign-out", "session.after-half-sign-out"],
  },
  {
    name: "only a person's place holds a person's token",
    changes: {
      guard: where("from_headers", (provider) => {
        provider.from_headers.push({ name: "authorization", value_prefix: "Bearer " });
      }),
    },
    cases: ["token.program-place"],
  },
  {
    name: "the guard verifies tokens",
    changes: { guard: set("requires", { allow_missing_or_failed: {} }) },
    cases: ["token.alg-none", "token.missing"],
  },
  {
    name: "the guard wants a client certificate",
    changes: { guard: all(listening(anonymous), withoutFilter(PEER)) },
    cases: ["peer.guard.none", "stranger.beside-guard"],
  },
  {
    name: "the guard pins the edge's identity",
    changes: { guard: all(listening(without("match_typed_subject_alt_names")), withoutFilter(PEER)) },
    cases: [
      "peer.guard.wrong-identity",
      "peer.guard.longer-identity",
      "peer.guard.dns-identity",
      "log.handshake-guard",
    ],
  },
  {
    name: "the guard trusts the internal CA alone",
    changes: {
      guard: all(
        listening((config) =>
          everywhere(config, (object) => {
            if ("combined_validation_context" in object) {
              delete object.combined_validation_context;
              object.validation_context = { trust_chain_verification: "ACCEPT_UNTRUSTED" };
            }
          }),
        ),
        withoutFilter(PEER),
      ),
    },
    cases: ["peer.guard.foreign-ca", "peer.guard.expired", "peer.guard.leaf-as-ca", "peer.guard.not-yet-valid"],
  },
  {
    name: "the guard speaks TLS 1.3 only",
    changes: { guard: listening(set("tls_minimum_protocol_version", "TLSv1_2")) },
    cases: ["peer.guard.tls12"],
  },
  {
    name: "the guard resumes no session",
    changes: {
      guard: listening(without("disable_stateless_session_resumption", "disable_stateful_session_resumption")),
    },
    cases: ["peer.guard.resumption"],
  },
  {
    name: "the guard's listener speaks TLS",
    changes: { guard: all(listening(without("transport_socket")), withoutFilter(PEER)) },
    cases: ["peer.guard.plaintext"],
  },
  {
    name: "egress wants a client certificate",
    changes: { egress: listening(anonymous) },
    cases: ["peer.egress.none", "stranger.beside-egress"],
  },
  {
    name: "egress pins OpenClaw's identity",
    changes: { egress: listening(without("match_typed_subject_alt_names")) },
    cases: ["peer.egress.wrong-identity", "peer.egress.dns-identity"],
  },
  {
    name: "egress passes on chats alone",
    changes: {
      egress: where("routes", (host) => {
        for (const route of host.routes) if (route.route) route.match = { prefix: "/" };
      }),
    },
    cases: ["egress.other-path", "egress.other-method", "egress.metadata-host"],
  },
  {
    name: "egress passes through names it knows alone",
    changes: { egress: where("server_names", (match) => delete match.server_names) },
    cases: ["egress.other-name", "egress.metadata-name"],
  },
  {
    name: "egress passes through for edge and guard alone",
    changes: { egress: without("source_prefix_ranges") },
    cases: ["egress.stranger"],
  },
  ...["edge", "guard", "egress"].map((workload) => ({
    name: `the admin interface of ${workload} is on no port`,
    changes: { [workload]: exposeAdmin },
    cases: [`sockets.${workload}`],
  })),
];
