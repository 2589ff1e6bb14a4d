/**
 * `SegmentedNetwork` alone, around what a company runs already on Kubernetes: a shop, its API and a database, each a Deployment or
 * StatefulSet of their own. Nothing of theirs is changed, restarted or labelled. They are known by the labels they have, and from then on
 * reach what is declared here and nothing else.
 *
 * What else runs in these namespaces keeps its freedom: only the pods named below are denied by default. Give every Deployment its
 * place before the flows, or leave it out.
 *
 *     pulumi stack init shop
 *     pulumi config set kubeconfig ~/.kube/config
 *     pulumi preview     # shows one pair of policies for each flow
 *     pulumi up
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Authentication, diagram, kubernetes, type Perimeter, reachability, SegmentedNetwork } from "../../lib";

const config = new pulumi.Config();
const cluster = new k8s.Provider("cluster", { kubeconfig: config.require("kubeconfig") });

export const perimeter: Perimeter = {
  trustDomain: "shop.internal",
  zones: [{ name: "web" }, { name: "api" }, { name: "store" }],
  workloads: [
    { name: "shop", zone: "web", ports: { https: 8443 } },
    { name: "orders", zone: "api", ports: { https: 8443 } },
    { name: "database", zone: "store", ports: { postgres: 5432 }, credentials: ["orders"] },
  ],
  flows: [
    {
      from: "internet",
      to: "shop",
      port: "https",
      authentication: Authentication.TlsJwt,
      purpose: "Customers buy things.",
    },
    { from: "shop", to: "orders", port: "https", authentication: Authentication.Mtls, purpose: "Places orders." },
    {
      from: "orders",
      to: "database",
      port: "postgres",
      authentication: Authentication.TlsCredential,
      purpose: "Reads and writes orders.",
    },
  ],
  credentials: [{ name: "orders", opens: "Every customer's orders." }],
};

new SegmentedNetwork(
  "shop",
  {
    platform: kubernetes({
      existingNamespaces: { web: "shop-web", api: "shop-api", store: "shop-data" },
      // As in the `selector.matchLabels` of each.
      existingPods: {
        shop: { app: "shop" },
        orders: { app: "orders", tier: "backend" },
        database: { "app.kubernetes.io/name": "postgresql" },
      },
      // The ingress controller alone brings customers in.
      entrance: { proxy: { namespace: "ingress-nginx", labels: { "app.kubernetes.io/name": "ingress-nginx" } } },
    }),
    perimeter,
  },
  { providers: [cluster] },
);

export const picture = diagram(perimeter);
/** What somebody who has taken over the shop would reach. */
export const compromisedShopReaches = reachability(perimeter, "shop").credentials;
