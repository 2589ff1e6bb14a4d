/** Stand-in for the tls plugin. */
import { version } from "@pulumi/tls/package.json";
import { serveProvider } from "../provider-host";
import { certRequest, locallySignedCert, selfSignedCert } from "./certificates";
import { privateKey } from "./private-key";

serveProvider({
  name: "tls",
  version,
  configuration: {},
  resources: {
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
  },
});
