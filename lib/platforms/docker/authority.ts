import { createPublicKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { USERS } from "../../internal/users";
import { portNumber, type Workload } from "../../perimeter";
import { RENEWS, renewerCommand } from "../../pki/commands";
import { CERTIFICATE_AUTHORITY, certified, RENEWER } from "../../pki/perimeter";
import { RENEWER_FILES, renewerConfig } from "../../pki/renewer-config";
import { type Enrolment, type PublicKey, STEP_CA_FILES, stepCaConfig } from "../../pki/step-ca-config";
import {
  type Authority,
  type AuthoritySpec,
  type CertificateSource,
  type CertificateSpec,
  type ContainerSpec,
  FILES,
  RUN,
  type SignerSpec,
} from "../platform";
import { DEFAULT_TOOLS_IMAGE, type DockerArgs } from "./args";
import { type Running, runWorkload } from "./run";
import type { DockerSegments } from "./segments";

const STEP_CA_IMAGE = "smallstep/step-ca:0.30.2";
const PUBLISH = "/publish";

/**
 * step-ca in a workload of its own, and beside it a renewer for each certificate. The renewers share one place in the network, from which
 * only the CA is reached, and nothing else: each has its own files, its own processes, and the key of one workload.
 */
export function dockerAuthority(
  name: string,
  segments: DockerSegments,
  spec: AuthoritySpec,
  args: DockerArgs,
  parent: pulumi.Resource,
): Authority {
  const { perimeter } = segments;
  const keys = new Map(
    certified(perimeter).map((workload) => [workload.name, { workload, key: enrolmentKey(name, workload, parent) }]),
  );
  const containers = [issuer(segments, spec, [...keys.values()])];
  const running = runWorkload(`${name}-ca`, segments, { workload: CERTIFICATE_AUTHORITY, containers }, args, parent);
  // Their place in the network, before the first of them.
  runWorkload(`${name}-${RENEWER}`, segments, { workload: RENEWER, containers: [] }, args, parent);
  return {
    perimeter,
    issue: (certificate, leaf, owner) =>
      renew(
        certificate,
        segments,
        spec,
        { ...leaf, key: keys.get(leaf.workload)?.key as tls.PrivateKey },
        running,
        args,
        owner,
      ),
  };
}

function signerOf({ signer }: AuthoritySpec): SignerSpec {
  if (!signer) throw new Error("step-ca signs itself, and was given nothing to sign with");
  return signer;
}

function enrolmentKey(name: string, { name: workload }: Workload, parent: pulumi.Resource): tls.PrivateKey {
  return new tls.PrivateKey(`${name}-enrol-${workload}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent });
}

function issuer(
  segments: DockerSegments,
  spec: AuthoritySpec,
  keys: { workload: Workload; key: tls.PrivateKey }[],
): ContainerSpec {
  const address = segments.addressOf(RENEWER, CERTIFICATE_AUTHORITY);
  const port = portNumber(segments.perimeter, { to: CERTIFICATE_AUTHORITY, port: "https" });
  const config = pulumi.all(keys.map(({ key }) => key.publicKeyPem)).apply((pems) =>
    stepCaConfig({
      directory: FILES,
      listen: { address, port },
      perimeter: segments.perimeter,
      enrolments: keys.map(({ workload }, i): Enrolment => ({ workload, key: publicKey(pems[i] as string) })),
      maxHours: spec.maxHours,
    }),
  );
  return {
    name: CERTIFICATE_AUTHORITY,
    image: spec.image ?? STEP_CA_IMAGE,
    command: ["/usr/local/bin/step-ca", `${FILES}/ca.json`],
    user: USERS.certificateAuthority,
    // The official image's program is marked with it, and the kernel starts no program without what it is marked with.
    capabilities: ["CAP_NET_BIND_SERVICE"],
    files: [
      { name: "ca.json", content: config },
      { name: STEP_CA_FILES.roots, content: spec.roots },
      { name: STEP_CA_FILES.chain, content: signerOf(spec).chain },
      { name: STEP_CA_FILES.key, content: signerOf(spec).key },
    ],
    memoryMiB: 128,
    processes: 256,
    health: { kind: "https", address, port, serverName: CERTIFICATE_AUTHORITY, path: "/health", expect: "ok" },
  };
}

function publicKey(pem: string): PublicKey {
  return createPublicKey(pem).export({ format: "jwk" }) as unknown as PublicKey;
}

/** Keeps one certificate fresh, in a volume that it shares with the workload alone. */
function renew(
  name: string,
  segments: DockerSegments,
  authority: AuthoritySpec,
  spec: CertificateSpec & { key: tls.PrivateKey },
  issuedBy: Running[],
  args: DockerArgs,
  parent: pulumi.Resource,
): CertificateSource {
  const container: ContainerSpec = {
    name: `${name}-renewer`,
    image: args.toolsImage ?? DEFAULT_TOOLS_IMAGE,
    command: ["/zt-renewer", "run", "--config", `${FILES}/renewer.json`],
    // Whose files they become: nobody else may read them, and it has no right to give files away.
    user: spec.user,
    files: [
      {
        name: "renewer.json",
        content: renewerConfig({
          ...spec,
          directory: FILES,
          publish: PUBLISH,
          socket: `${RUN}/renewer.sock`,
          issuer: {
            address: segments.addressOf(RENEWER, CERTIFICATE_AUTHORITY),
            port: portNumber(segments.perimeter, { to: CERTIFICATE_AUTHORITY, port: "https" }),
          },
        }),
      },
      { name: RENEWER_FILES.roots, content: authority.roots, hot: true },
      { name: RENEWER_FILES.intermediate, content: signerOf(authority).chain },
      { name: RENEWER_FILES.key, content: pulumi.secret(spec.key.privateKeyPemPkcs8) },
    ],
    state: { name: "certificate", path: PUBLISH, passing: true },
    // Whoever needs the certificate starts after this: then it is there, and by the CA of now.
    health: { kind: "command", command: renewerCommand("status"), everySeconds: 5 },
    labels: { [RENEWS]: spec.workload },
    memoryMiB: 64,
    // Counted per user, and the workload's own are counted with them.
    processes: 1024,
  };
  const after = issuedBy.map(({ container: issuing }) => issuing);
  const [renewer] = runWorkload(
    name,
    segments,
    { workload: RENEWER, containers: [container] },
    args,
    parent,
    after,
  ) as [Required<Running>];
  // The volume's name alone: who had a property of the renewer's would be replaced with it.
  return { volume: renewer.state.name };
}
