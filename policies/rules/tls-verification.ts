import { containersOf } from "../readers/containers";
import { documentsOf } from "../readers/documents";
import { envoyConfigs } from "../readers/envoy";
import { at, record, text, walk } from "../readers/values";
import type { ResourceRule } from "../rule";

const ENVIRONMENT: [name: RegExp, off: RegExp][] = [
  [/^(NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY)$/, /^0$/],
  [/(^|_)(SKIP_(TLS_)?VERIFY|TLS_INSECURE|SSL_NO_VERIFY|SSL_INSECURE)$/, /^(1|true|yes|on)$/i],
  [/(^|_)((TLS|SSL)_VERIFY|VERIFY_(SSL|TLS))$/, /^(0|false|no|off)$/i],
];
const ARGUMENT =
  /(?<=^|\s)(--insecure(-skip-(tls-)?verify)?|--skip-tls-verify|--(ssl|tls)-insecure-skip-verify|--no-check-certificate)(?![-\w]|=false)/;
const CURL = /\bcurl\s([^|;&]*\s)?-[a-zA-Z]*k\b/;
const FILE =
  /\bACCEPT_UNTRUSTED\b|\b(insecure_?skip_?verify|tls_?skip_?verify|skip_?tls_?verify)["']?\s*[:=]\s*["']?true\b|\brejectUnauthorized["']?\s*:\s*false\b|\b(ssl|tls)_?verify["']?\s*[:=]\s*["']?false\b|\bVERIFY_NONE\b/i;

export const tlsVerification: ResourceRule = {
  id: "tls-verification",
  level: "mandatory",
  severity: "critical",
  description: "Whoever calls by TLS looks at the certificate.",
  why: "Otherwise whoever stands in the way is taken for the one who was called.",
  controls: { sp800207: [2], sp80053: ["SC-8", "SC-8(1)", "SC-23"], iso27001: ["A.8.24"] },
  check: (resource) => [
    ...containersOf(resource).flatMap(({ title, environment, command }) => [
      ...environment
        .filter(({ name, value = "" }) => ENVIRONMENT.some(([key, off]) => key.test(name) && off.test(value)))
        .map(({ name, value }) => `${title}: ${name}=${value} accepts every certificate; remove it, and name the CA`),
      ...command
        .flatMap((argument) => ARGUMENT.exec(argument)?.[0] ?? CURL.exec(argument)?.[0] ?? [])
        .map((found) => `${title}: ${found} accepts every certificate; remove it, and name the CA`),
    ]),
    ...documentsOf(resource).flatMap(({ where, content }) => {
      const found = FILE.exec(content)?.[0];
      return found === undefined ? [] : [`${where}: ${found} accepts every certificate; remove it, and name the CA`];
    }),
    ...envoyConfigs(resource).flatMap(({ where, clusters }) =>
      clusters
        .filter(isBlind)
        .map(({ name }) => `${where}: cluster "${text(name)}" looks at no certificate; give it a validation_context`),
    ),
  ],
};

function isBlind(cluster: unknown): boolean {
  let found = false;
  walk(cluster, (value) => {
    if (!text(at(value, "@type"))?.endsWith(".UpstreamTlsContext")) return;
    const context = record(at(value, "common_tls_context"));
    if (!Object.keys(context).some((key) => key.includes("validation_context"))) found = true;
  });
  return found;
}
