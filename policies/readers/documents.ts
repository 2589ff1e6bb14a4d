import type { Resource } from "../rule";
import { containersOf } from "./containers";
import { isDockerContainer, kindOf } from "./kinds";
import { at, list, record, text } from "./values";

/** A file, or what is read as one, in a resource. */
export interface Document {
  /** For a message. */
  where: string;
  /** Its name without folders. */
  file: string;
  content: string;
}

/** Every known text that a resource hands to a program as configuration: files of ConfigMaps, Secrets and Docker, and configuration among arguments. */
export function documentsOf(resource: Resource): Document[] {
  return [...files(resource), ...inline(resource)];
}

function files(resource: Resource): Document[] {
  const { props } = resource;
  const entries = (key: string, decode = (content: string) => content) =>
    Object.entries(record(props[key])).flatMap(([file, content]) => {
      const known = text(content);
      return known === undefined ? [] : [{ where: `${key}["${file}"]`, file, content: decode(known) }];
    });
  if (kindOf(resource) === "ConfigMap") return [...entries("data"), ...entries("binaryData", decoded)];
  if (kindOf(resource) === "Secret") return [...entries("data", decoded), ...entries("stringData")];
  if (/^docker:index\/(serviceConfig:ServiceConfig|secret:Secret)$/.test(resource.type)) {
    const content = text(props.data);
    return content === undefined
      ? []
      : [{ where: "data", file: text(props.name) ?? resource.name, content: decoded(content) }];
  }
  if (!isDockerContainer(resource)) return [];
  return list(props.uploads).flatMap((one) => {
    const { file, content, contentBase64 } = record(one);
    const path = text(file) ?? "?";
    const known =
      text(content) ?? (text(contentBase64) === undefined ? undefined : decoded(text(contentBase64) as string));
    return known === undefined
      ? []
      : [{ where: `upload "${path}"`, file: path.split("/").at(-1) as string, content: known }];
  });
}

/** Some programs take their whole configuration as an argument or a variable. */
function inline(resource: Resource): Document[] {
  return containersOf(resource).flatMap(({ title, command, environment }) => [
    ...command
      .filter((argument) => /^\s*\{|\n/.test(argument))
      .map((content) => ({ where: `an argument of ${title}`, file: "", content })),
    ...environment.flatMap(({ name, value }) =>
      value !== undefined && /^\s*\{/.test(value) ? [{ where: `${name} of ${title}`, file: "", content: value }] : [],
    ),
  ]);
}

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString();

/** Values given to a Helm chart, which is rendered where no rule sees the result. */
export function chartValues(resource: Resource): unknown {
  return kindOf(resource) === "Release" || kindOf(resource) === "Chart" ? at(resource.props, "values") : undefined;
}
