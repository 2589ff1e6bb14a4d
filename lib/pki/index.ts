export { type CertificateAuthorityArgs, type OwnAuthorityArgs, RootKey } from "./authority-args";
export { CertificateAuthority } from "./certificate-authority";
export { type CertificateStatus, issueCommand, renewerCommand, type Wish } from "./commands";
export type { ExistingAuthorityArgs, SignedIntermediateArgs } from "./material";
export { withCertificateAuthority } from "./perimeter";
export { WorkloadCertificate, type WorkloadCertificateArgs } from "./workload-certificate";
