import * as dockerProvider from "@pulumi/docker";
import {
  Authentication,
  CertificateAuthority,
  docker,
  type Perimeter,
  reachability,
  SegmentedNetwork,
  spiffeId,
  WorkloadCertificate,
  withCertificateAuthority,
} from "../../lib";

/** One component alone, around a company's own parts: two programs that may talk one way, and nothing else. */
const perimeter: Perimeter = {
  trustDomain: "shop.internal",
  zones: [{ name: "web" }, { name: "store", cidr: "10.90.0.0/24" }],
  workloads: [
    { name: "shop", zone: "web", ports: {} },
    { name: "database", zone: "store", ports: { postgres: 5432 }, credentials: ["orders"] },
  ],
  flows: [
    {
      from: "shop",
      to: "database",
      port: "postgres",
      authentication: Authentication.Mtls,
      purpose: "Reads and writes orders.",
    },
  ],
  credentials: [{ name: "orders", opens: "Every customer's orders." }],
};

const engine = new dockerProvider.Provider("engine", { host: "unix:///var/run/docker.sock" });
const network = new SegmentedNetwork(
  "shop",
  { platform: docker(), perimeter: withCertificateAuthority(perimeter) },
  { providers: [engine] },
);
const ca = new CertificateAuthority("shop", { network }, { providers: [engine] });
const leaf = new WorkloadCertificate("database", {
  ca,
  identity: spiffeId(perimeter, "database"),
  usages: ["server"],
  user: 999,
});

export const database = network.addressOf("shop", "database");
/** Holds `tls.crt` and `tls.key`, and a fresh pair in time; mount it where the database looks for them. */
export const certificate = leaf.source.volume;
export const compromisedShopReaches = reachability(perimeter, "shop").credentials;
