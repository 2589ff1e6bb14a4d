/** A segmented network with as many flows as FLOWS says, each pair of workloads once. */
import * as kubernetes from "@pulumi/kubernetes";
import { Authentication, kubernetes as onKubernetes, type Perimeter, SegmentedNetwork } from "../../../../../lib";

const wanted = Number(process.env.FLOWS);
const count = Math.ceil((1 + Math.sqrt(1 + 4 * wanted)) / 2);
const names = Array.from({ length: count }, (_, i) => `workload-${i}`);
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));

const perimeter: Perimeter = {
  trustDomain: "bench.internal",
  zones: [{ name: "one" }, { name: "other" }],
  workloads: names.map((name, i) => ({ name, zone: i % 2 === 0 ? "one" : "other", ports: { https: 8443 } })),
  flows: pairs
    .slice(0, wanted)
    .map((pair) => ({ ...pair, port: "https", authentication: Authentication.Mtls, purpose: "Is measured." })),
  credentials: [],
};

const cluster = new kubernetes.Provider("cluster");
new SegmentedNetwork(
  "bench",
  { platform: onKubernetes({ apiServer: { addresses: ["10.0.0.1/32"] } }), perimeter },
  { providers: [cluster] },
);
