import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { checkExisting, type Pem } from "./existing";

/** An intermediate of the company's, whose root key is never needed. */
export interface ExistingAuthorityArgs {
  /** PEM of the intermediate, then of whatever stands between it and the roots. */
  certificate: pulumi.Input<string>;
  /** PEM of its key: PKCS#8 or SEC 1, not encrypted. */
  privateKey: pulumi.Input<string>;
  /** PEM of the roots above it, and of no intermediate. */
  roots: pulumi.Input<string>;
}

/** The answer to a certificate request of ours. */
export interface SignedIntermediateArgs {
  /** PEM of the signed intermediate, then of whatever stands between it and the roots. */
  certificate: pulumi.Input<string>;
  /** PEM of the roots above it. */
  roots: pulumi.Input<string>;
}

/** What a CA consists of. */
export interface Material {
  /** PEM of what peers trust. */
  roots: pulumi.Output<string>;
  /** PEM of the intermediate, and of what leads from it to a root. */
  chain: pulumi.Output<string>;
  /** PEM; a secret. */
  key: pulumi.Output<string>;
  /** PEM of the request for the intermediate, where somebody else signs it. */
  request?: pulumi.Output<string>;
}

const HOURS_PER_YEAR = 365 * 24;
const CA_USES = ["cert_signing", "crl_signing", "digital_signature"];

/**
 * Roots made here, one per generation, and an intermediate by the first. The others are trusted beside it: the next one before it
 * signs, the last one while there are leaves of it.
 */
export function ownMaterial(
  name: string,
  trustDomain: string,
  generations: string[],
  parent: pulumi.Resource,
): Material {
  const roots = generations.map((generation) => root(suffixed(`${name}-root`, generation), trustDomain, parent));
  const [signing] = roots as [Root];
  const intermediateName = suffixed(`${name}-intermediate`, generations[0] as string);
  const { key, request } = intermediateRequest(intermediateName, trustDomain, parent);
  const intermediate = new tls.LocallySignedCert(
    intermediateName,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: pulumi.secret(signing.key.privateKeyPem),
      caCertPem: signing.certificate.certPem,
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: CA_USES,
      validityPeriodHours: HOURS_PER_YEAR,
      earlyRenewalHours: HOURS_PER_YEAR / 4,
    },
    { parent },
  );
  return {
    roots: pulumi.all(roots.map(({ certificate }) => certificate.certPem)).apply((all) => all.join("")),
    chain: intermediate.certPem,
    key: pulumi.secret(key.privateKeyPemPkcs8),
  };
}

/** An intermediate whose request is signed elsewhere, so that the root's key is in no state. */
export function requestedMaterial(
  name: string,
  trustDomain: string,
  signed: SignedIntermediateArgs | undefined,
  parent: pulumi.Resource,
): Material {
  const { key, request } = intermediateRequest(`${name}-intermediate`, trustDomain, parent);
  const privateKey = pulumi.secret(key.privateKeyPemPkcs8);
  const answer: pulumi.Output<Pem> = signed
    ? pulumi.all([signed.certificate, privateKey, signed.roots]).apply((all) => checked(all, "signedIntermediate"))
    : request.certRequestPem.apply((pem) => {
        throw waitingFor(pem);
      });
  return {
    // What is no secret shall be readable in the state and in previews.
    roots: pulumi.unsecret(answer.apply(({ roots }) => roots)),
    chain: pulumi.unsecret(answer.apply(({ certificate }) => certificate)),
    key: privateKey,
    request: request.certRequestPem,
  };
}

/** What the company has already. */
export function existingMaterial(existing: ExistingAuthorityArgs): Material {
  const { certificate, privateKey, roots } = existing;
  const answer = pulumi.all([certificate, pulumi.secret(privateKey), roots]).apply((all) => checked(all, "existing"));
  return {
    roots: pulumi.unsecret(answer.apply((pem) => pem.roots)),
    chain: pulumi.unsecret(answer.apply((pem) => pem.certificate)),
    key: pulumi.secret(answer.apply((pem) => pem.privateKey)),
  };
}

function checked(
  [certificate, privateKey, roots]: [string, string, string],
  path: "existing" | "signedIntermediate",
): Pem {
  return checkExisting({ certificate, privateKey, roots }, path);
}

/** What ends a deployment whose intermediate is not signed yet; its key is kept for the next. */
export function waitingFor(request: string): Error {
  return new pulumi.RunError(
    `The internal CA waits for its intermediate. Have this request signed as a CA by the offline root, give the answer and the root as signedIntermediate, and deploy again:\n${request}`,
  );
}

interface Root {
  key: tls.PrivateKey;
  certificate: tls.SelfSignedCert;
}

function root(name: string, trustDomain: string, parent: pulumi.Resource): Root {
  const key = caKey(name, parent);
  const certificate = new tls.SelfSignedCert(
    name,
    {
      privateKeyPem: pulumi.secret(key.privateKeyPem),
      subject: { commonName: `${trustDomain} root` },
      isCaCertificate: true,
      // One intermediate may follow, and no other below it. The provider drops a length of 0, so the root says it.
      maxPathLength: 1,
      setSubjectKeyId: true,
      allowedUses: CA_USES,
      validityPeriodHours: 10 * HOURS_PER_YEAR,
    },
    { parent },
  );
  return { key, certificate };
}

function intermediateRequest(name: string, trustDomain: string, parent: pulumi.Resource) {
  const key = caKey(name, parent);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: pulumi.secret(key.privateKeyPem),
      subject: { commonName: `${trustDomain} intermediate` },
    },
    { parent },
  );
  return { key, request };
}

function caKey(name: string, parent: pulumi.Resource): tls.PrivateKey {
  return new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent });
}

/** The first generation has none, so that a CA that never rolled over has plain names. */
function suffixed(name: string, generation: string): string {
  return generation === FIRST_GENERATION ? name : `${name}-${generation}`;
}

export const FIRST_GENERATION = "1";
