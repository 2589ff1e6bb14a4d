import type * as pulumi from "@pulumi/pulumi";
import { ADMIN_SOCKET, certificateSecret, genericSecret, LEAF, ROOTS, rootsSecret } from "../envoy";
import type { CertificateAuthority, WorkloadCertificate } from "../pki";
import { type ContainerSpec, FILES, type FileSpec } from "../platforms";

/** Image of Envoy 1.40, used unless a component is given another. */
export const ENVOY_IMAGE = "envoyproxy/envoy:v1.40.0";

export interface EnvoyContainerArgs {
  name: string;
  image?: string;
  user: number;
  config: pulumi.Input<string>;
  files: FileSpec[];
}

/** An Envoy with its configuration and secrets, as every workload of ours runs it. */
export function envoyContainer({ name, image, user, config, files }: EnvoyContainerArgs): ContainerSpec {
  return {
    name,
    image: image ?? ENVOY_IMAGE,
    command: [
      "/usr/local/bin/envoy",
      "--config-path",
      `${FILES}/envoy.json`,
      "--concurrency",
      "2",
      "--disable-hot-restart",
      "--log-level",
      "warning",
      // Whoever reads the log wants to see the request that was just made.
      "--file-flush-interval-msec",
      "500",
    ],
    user,
    files: [{ name: "envoy.json", content: config }, ...files],
    memoryMiB: 512,
    processes: 128,
    health: { kind: "socket", socket: ADMIN_SOCKET, path: "/ready", expect: "LIVE" },
  };
}

/** A workload's leaf and what it trusts, for an Envoy that reloads both when they change. */
export function leafFiles(leaf: WorkloadCertificate, ca: CertificateAuthority): FileSpec[] {
  return [...certificateFiles(LEAF, leaf), ...rootFiles(ca), rootsSecret(FILES, ROOTS)];
}

/** A certificate under a name of its own. */
export function certificateFiles(name: string, certificate: WorkloadCertificate): FileSpec[] {
  return [
    { name: `${name}.crt`, content: certificate.certificateChain, hot: true },
    { name: `${name}.key`, content: certificate.privateKey, hot: true },
    certificateSecret(FILES, name),
  ];
}

/** The roots alone, for a program that is not Envoy. */
export function rootFiles(ca: CertificateAuthority): FileSpec[] {
  return [{ name: `${ROOTS}.pem`, content: ca.roots, hot: true }];
}

/** Any other secret under its name. */
export function secretFiles(name: string, content: pulumi.Input<string>): FileSpec[] {
  return [{ name, content, hot: true }, genericSecret(FILES, name)];
}
