/** `SelfSignedCert`, `CertRequest` and `LocallySignedCert`. */
import { createHash } from "node:crypto";
import type { Unwrap } from "@pulumi/pulumi";
import type { CertRequestArgs, LocallySignedCertArgs, SelfSignedCertArgs } from "@pulumi/tls";
import type { Change } from "../diff";
import type { Call, Resource } from "../resource";
import { allReplace, type Fields, flag, list, number, object, text } from "../schema";
import { type Holder, type Issuer, isAuthority, issue, parseCertificate, parseRequest, request } from "./certificate";
import { algorithmName, parseKey, publicDer } from "./keys";
import { generalNames, subjectName } from "./names";
import { isDue, type Validity, validity } from "./renewal";
import { checkUses } from "./usages";

const atLeast = (least: number) => (value: number) => (value >= least ? undefined : `must be at least ${least}`);

const SUBJECT = object({
  commonName: text(),
  country: text(),
  emailAddress: text(),
  locality: text(),
  organization: text(),
  organizationalUnit: text(),
  postalCode: text(),
  province: text(),
  serialNumber: text(),
  streetAddresses: list(),
});

/** Write-only keys (`…PemWo`) are not offered: the official plugin alone knows how not to record them. */
const KEY = text({ required: true, secret: true });

const HOLDER: Fields = allReplace({
  dnsNames: list(),
  ipAddresses: list(),
  privateKeyPem: KEY,
  subject: SUBJECT,
  uris: list(),
});

const TERMS: Fields = {
  ...allReplace({
    allowedUses: list({ required: true, check: checkUses }),
    isCaCertificate: flag({ default: false }),
    maxPathLength: number({ computed: true, check: atLeast(-1) }),
    setSubjectKeyId: flag({ default: false }),
    validityPeriodHours: number({ required: true, check: atLeast(0) }),
  }),
  earlyRenewalHours: number({ default: 0, check: atLeast(0) }),
};

const ISSUED: Fields = { certPem: text(), readyForRenewal: flag(), validityEndTime: text(), validityStartTime: text() };

type TermInputs = Pick<
  Unwrap<LocallySignedCertArgs>,
  "allowedUses" | "earlyRenewalHours" | "isCaCertificate" | "maxPathLength" | "setSubjectKeyId" | "validityPeriodHours"
> & { setAuthorityKeyId?: boolean };

interface CertificateState extends Validity {
  readonly certPem: string;
  readonly readyForRenewal: boolean;
  readonly earlyRenewalHours?: number;
}

async function issueNow(
  holder: Holder,
  inputs: TermInputs,
  issuer: Issuer,
  call: Call,
): Promise<{ id: string; state: CertificateState }> {
  if (inputs.isCaCertificate && inputs.maxPathLength === 0) {
    call.warn("maxPathLength 0 is not written into the certificate: the official plugin takes it for 'not set'");
  }
  const times = validity(inputs.validityPeriodHours, Date.now());
  const terms = { ...inputs, notBefore: new Date(times.validityStartTime), notAfter: new Date(times.validityEndTime) };
  const { pem, serialNumber } = await issue(holder, terms, issuer);
  return { id: serialNumber, state: { certPem: pem, ...times, readyForRenewal: false } };
}

/** A preview or an update replaces a certificate that is due, even when the program has not changed. */
function due(state: CertificateState, inputs: { earlyRenewalHours?: number }): ReadonlyMap<string, Change> {
  const ready = state.readyForRenewal || isDue(state.validityEndTime, inputs.earlyRenewalHours ?? 0, Date.now());
  return new Map(ready ? [["readyForRenewal", { kind: "update", replaces: true }]] : []);
}

async function read(_id: string, state: CertificateState): Promise<CertificateState> {
  return isDue(state.validityEndTime, state.earlyRenewalHours ?? 0, Date.now())
    ? { ...state, readyForRenewal: true }
    : state;
}

export const selfSignedCert: Resource<Unwrap<SelfSignedCertArgs>, CertificateState> = {
  spec: {
    inputs: { ...HOLDER, ...TERMS, setAuthorityKeyId: flag({ default: false, replaces: true }) },
    outputs: { ...ISSUED, keyAlgorithm: text() },
  },
  async create(inputs, call) {
    const key = parseKey(inputs.privateKeyPem ?? "", "privateKeyPem");
    const holder = { subject: subjectName(inputs.subject), names: generalNames(inputs), publicKey: publicDer(key) };
    const { id, state } = await issueNow(holder, inputs, { key }, call);
    return { id, state: { ...state, keyAlgorithm: algorithmName(key) } };
  },
  read,
  due,
};

export const locallySignedCert: Resource<Unwrap<LocallySignedCertArgs>, CertificateState> = {
  spec: {
    inputs: {
      ...TERMS,
      ...allReplace({
        caCertPem: text({ required: true }),
        caPrivateKeyPem: KEY,
        certRequestPem: text({ required: true }),
      }),
    },
    outputs: { ...ISSUED, caKeyAlgorithm: text() },
  },
  async create(inputs, call) {
    const key = parseKey(inputs.caPrivateKeyPem ?? "", "caPrivateKeyPem");
    const certificate = parseCertificate(inputs.caCertPem);
    if (!isAuthority(certificate))
      call.warn("caCertPem does not appear to be a valid Certificate Authority: what it signs may be rejected");
    const { id, state } = await issueNow(parseRequest(inputs.certRequestPem), inputs, { key, certificate }, call);
    return { id, state: { ...state, caKeyAlgorithm: algorithmName(key) } };
  },
  read,
  due,
};

export const certRequest: Resource<Unwrap<CertRequestArgs>> = {
  spec: { inputs: HOLDER, outputs: { certRequestPem: text(), keyAlgorithm: text() } },
  async create(inputs) {
    const key = parseKey(inputs.privateKeyPem ?? "", "privateKeyPem");
    const { pem, der } = await request(key, subjectName(inputs.subject), generalNames(inputs));
    return {
      id: createHash("sha1").update(der).digest("hex"),
      state: { certRequestPem: pem, keyAlgorithm: algorithmName(key) },
    };
  },
};
