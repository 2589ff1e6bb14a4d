/** Who a certificate is for: its subject and its alternative names. */
import { isIP } from "node:net";
import { type JsonGeneralName, Name, SubjectAlternativeNameExtension } from "./x509";

export interface Subject {
  readonly commonName?: string;
  readonly country?: string;
  readonly emailAddress?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly postalCode?: string;
  readonly province?: string;
  readonly serialNumber?: string;
  readonly streetAddresses?: readonly string[];
}

export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/** In the order in which the official plugin writes them. */
export function subjectName(subject: Subject = {}): Name {
  const { streetAddresses = [] } = subject;
  const parts: [string, readonly (string | undefined)[]][] = [
    ["2.5.4.6", [subject.country]],
    ["2.5.4.10", [subject.organization]],
    ["2.5.4.11", [subject.organizationalUnit]],
    ["2.5.4.7", [subject.locality]],
    ["2.5.4.8", [subject.province]],
    ["2.5.4.9", streetAddresses],
    ["2.5.4.17", [subject.postalCode]],
    ["2.5.4.3", [subject.commonName]],
    ["2.5.4.5", [subject.serialNumber]],
  ];
  const names = parts.flatMap(([type, values]) =>
    values.filter((value) => value).map((value) => ({ [type]: [spelled(value as string)] })),
  );
  const email = subject.emailAddress ? [{ "1.2.840.113549.1.9.1": [{ ia5String: subject.emailAddress }] }] : [];
  return new Name([...names, ...email]);
}

/** Said outright: left to itself the library reads quotes, backslashes and # as syntax. */
function spelled(value: string): { printableString: string } | { utf8String: string } {
  return Name.isPrintableString(value) ? { printableString: value } : { utf8String: value };
}

export function generalNames(names: AlternativeNames): JsonGeneralName[] {
  const { dnsNames = [], ipAddresses = [], uris = [] } = names;
  const wrong = ipAddresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new Error(`ipAddresses: ${JSON.stringify(wrong)} is not an IP address`);
  return [
    ...dnsNames.map((value): JsonGeneralName => ({ type: "dns", value })),
    ...ipAddresses.map((value): JsonGeneralName => ({ type: "ip", value })),
    ...uris.map((value): JsonGeneralName => ({ type: "url", value })),
  ];
}

/** Nothing for no names. Critical when there is no subject to say who it is (RFC 5280, 4.2.1.6). */
export function alternativeNameExtensions(names: JsonGeneralName[], subject: Name): SubjectAlternativeNameExtension[] {
  if (names.length === 0) return [];
  return [new SubjectAlternativeNameExtension(names, subject.toJSON().length === 0)];
}
