import type { Perimeter } from "../../perimeter";
import { certified } from "../../pki/perimeter";
import type { ExistingIssuerArgs, IssuerRefArgs } from "./args";
import { TRUST_CONTROLLER } from "./perimeter";

export const CERT_MANAGER = "cert-manager.io";
export const CERT_MANAGER_API = `${CERT_MANAGER}/v1`;
/** Makes a deployment wait. */
export const UNTIL_READY = { "pulumi.com/waitFor": "condition=Ready" };

/** Which issuer, as certificates refer to it. */
export type IssuerRef = Required<IssuerRefArgs>;

/** With what was left out. Pure. */
export function issuerRef({ name, kind = "ClusterIssuer", group = CERT_MANAGER }: IssuerRefArgs): IssuerRef {
  return { name, kind, group };
}

/** Workloads that have certificates here: the trust controller knows the API server by its token. Pure. */
export function holders(perimeter: Perimeter) {
  return certified(perimeter).filter(({ name }) => name !== TRUST_CONTROLLER);
}

/** What peers trust of an issuer that is there already, as one text. Pure. */
export function bundleOf(issuer: ExistingIssuerArgs | undefined): string | undefined {
  return (
    issuer &&
    [issuer.roots ?? []]
      .flat()
      .map((pem) => `${pem}`.trim())
      .join("\n")
      .concat("\n")
  );
}
