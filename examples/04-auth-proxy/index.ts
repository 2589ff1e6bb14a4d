/**
 * `AuthProxy` alone, before any web application of a company: people sign in at the identity provider, whoever has a role is let in, and
 * the application is told who by the headers `x-auth-request-user` and `x-auth-request-roles`, which no client can set.
 *
 * The perimeter is the company's own and has names of its own. The application runs already; nothing of it is changed, and only the
 * proxy reaches it any more.
 *
 * What it does not do: the browser's cookies end at the proxy, so that an application with sessions of its own sees none; and there is
 * no guard that ends open connections of somebody who was revoked, so that they end with the provider's tokens.
 *
 * Needs a cluster that enforces NetworkPolicy and has cert-manager.
 *
 *     pulumi stack init wiki
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi config set --secret clientSecret
 *     pulumi up
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  Authentication,
  AuthProxy,
  CertificateAuthority,
  EgressGateway,
  type IdentityProviderArgs,
  kubernetes,
  type Perimeter,
  providerHosts,
  resolveIdentityProvider,
  resolveRoles,
  SegmentedNetwork,
} from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });
const options = { providers: [cluster] };

const endpoints = {
  authorization: "https://login.example.com/authorize",
  token: "https://login.example.com/token",
  jwks: "https://login.example.com/keys",
};
const login: IdentityProviderArgs = { issuer: "https://login.example.com", clientId: "wiki", endpoints };

export const perimeter: Perimeter = {
  trustDomain: "wiki.internal",
  zones: [{ name: "wiki" }, { name: "way-out" }],
  workloads: [
    {
      name: "front-door",
      zone: "wiki",
      ports: { https: 8443 },
      names: ["wiki.example.com"],
      credentials: ["client-secret", "cookie-key"],
    },
    { name: "pages", zone: "wiki", ports: { web: 8080 } },
    { name: "forwarder", zone: "way-out", ports: { identity: 9443 } },
  ],
  flows: [
    {
      from: "internet",
      to: "front-door",
      port: "https",
      authentication: Authentication.TlsJwt,
      purpose: "People sign in and read.",
    },
    {
      // Plain, so both are in one zone. An application that has a certificate of the CA is called by TLS instead.
      from: "front-door",
      to: "pages",
      port: "web",
      authentication: Authentication.None,
      purpose: "Requests of people who have a role.",
    },
    {
      from: "front-door",
      to: "forwarder",
      port: "identity",
      authentication: Authentication.TlsCredential,
      purpose: "Exchanges a login's code for tokens, and fetches the keys they are verified with.",
    },
    ...providerHosts(login).map(({ name, port }) => ({
      from: "forwarder",
      to: "internet",
      port: `${port}`,
      hosts: [name],
      authentication: Authentication.TlsCredential,
      purpose: "Passes on what the front door asks the provider.",
    })),
  ],
  credentials: [
    { name: "client-secret", opens: "Logins at the identity provider in the name of the wiki." },
    { name: "cookie-key", opens: "Every session at the front door." },
  ],
};

const network = new SegmentedNetwork(
  "wiki",
  {
    platform: kubernetes({ existingNamespaces: { wiki: "wiki" }, existingPods: { pages: { app: "pages" } } }),
    perimeter,
  },
  options,
);
const ca = new CertificateAuthority("wiki", { network }, options);
new EgressGateway(
  "wiki-forwarder",
  {
    network,
    ca,
    workload: "forwarder",
    models: [],
    identityHosts: providerHosts(login).map(({ name, port }) => ({ serverName: name, port })),
  },
  options,
);
new AuthProxy(
  "wiki-front-door",
  {
    network,
    ca,
    publicUrl: "https://wiki.example.com",
    identityProvider: resolveIdentityProvider(login, endpoints),
    clientSecret: config.requireSecret("clientSecret"),
    roles: resolveRoles(
      { editors: { groups: ["writers"], requireMfa: true }, readers: { domains: ["example.com"] } },
      { scopes: false },
    ),
    contact: "it@example.com",
    workload: "front-door",
    upstream: {
      workload: "pages",
      port: "web",
      // Its own Service, which stays as it is.
      address: k8s.core.v1.Service.get("pages", "wiki/pages", { provider: cluster }).spec.clusterIP,
      addressPort: 80,
    },
    wayOut: { workload: "forwarder" },
  },
  options,
);

export const url = "https://wiki.example.com";
