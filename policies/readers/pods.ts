import type { Resource } from "../rule";
import { kindOf } from "./kinds";
import { at, list, type Props, record } from "./values";

/** What a Kubernetes object says of the pods it makes. */
export interface Pod {
  spec: Props;
  labels: Props;
}

/** Where objects have their pods: a CronJob's are two templates deep, and a Pod is one itself. */
const TEMPLATES = [["spec", "jobTemplate", "spec", "template"], ["spec", "template"], []];

/** The pods of any object that has some, be it of a kind that only a company's own cluster knows. */
export function podOf(resource: Resource): Pod | undefined {
  if (kindOf(resource) === undefined) return undefined;
  for (const way of TEMPLATES) {
    const template = at(resource.props, ...way);
    const spec = record(at(template, "spec"));
    if (list(spec.containers).length > 0) return { spec, labels: record(at(template, "metadata", "labels")) };
  }
  return undefined;
}
