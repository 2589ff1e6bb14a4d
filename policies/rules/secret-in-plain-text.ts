import { type Container, containersOf } from "../readers/containers";
import { type Document, documentsOf } from "../readers/documents";
import { kindOf, labelsOf } from "../readers/kinds";
import { isSecret, secretIn, secretKeys } from "../readers/secrets";
import { at, record, text } from "../readers/values";
import type { Resource, ResourceRule } from "../rule";

export const secretInPlainText: ResourceRule = {
  id: "secret-in-plain-text",
  level: "mandatory",
  severity: "critical",
  description: "Credentials stand in Secrets, never in a ConfigMap, a label or a command line.",
  why: "Those are read by all who may look at the cluster, and are kept unencrypted.",
  controls: { sp800207: [3, 6], sp80053: ["IA-5(7)", "SC-28", "SC-28(1)"], iso27001: ["A.5.17", "A.8.12"] },
  check: (resource) => [
    ...(isReadable(resource) ? documentsOf(resource).flatMap(inDocument) : []),
    ...containersOf(resource).flatMap(onCommandLine),
    ...inMetadata(resource),
  ],
};

const isReadable = (resource: Resource): boolean =>
  kindOf(resource) === "ConfigMap" || resource.type === "docker:index/serviceConfig:ServiceConfig";

function inDocument(document: Document): string[] {
  const keys = secretKeys(document);
  const found = keys.length > 0 ? keys.join(", ") : secretIn(document.content);
  return found === undefined ? [] : [`${document.where}: ${found} is there for all to read; move it into a Secret`];
}

function onCommandLine({ title, command }: Container): string[] {
  return command.flatMap((argument) => {
    const [, name = "", value = ""] = /^-{0,2}([\w.-]+)=(.*)$/s.exec(argument) ?? [];
    const found = isSecret(name, value) ? name : secretIn(argument);
    return found === undefined ? [] : [`${title}: ${found} is on its command line; mount it as a file`];
  });
}

function inMetadata(resource: Resource): string[] {
  const all = { ...labelsOf(resource), ...record(at(resource.props, "metadata", "annotations")) };
  return Object.entries(all).flatMap(([key, value]) => {
    const found = secretIn(text(value) ?? "");
    return found === undefined ? [] : [`${key}: ${found} is in a label or annotation; remove it`];
  });
}
