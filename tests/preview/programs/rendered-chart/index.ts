import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import { parseAllDocuments } from "yaml";

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

/** The objects of a rendered chart, each as a resource of its kind, as the chart resource itself makes them where there is a cluster. */
const CLASSES: Record<string, new (name: string, args: never) => unknown> = {
  ServiceAccount: k8s.core.v1.ServiceAccount,
  Secret: k8s.core.v1.Secret,
  ClusterRole: k8s.rbac.v1.ClusterRole,
  ClusterRoleBinding: k8s.rbac.v1.ClusterRoleBinding,
  NetworkPolicy: k8s.networking.v1.NetworkPolicy,
  StatefulSet: k8s.apps.v1.StatefulSet,
  Ingress: k8s.networking.v1.Ingress,
};

for (const document of parseAllDocuments(readFileSync(join(__dirname, "chart.yaml"), "utf8"))) {
  const manifest = document.toJS() as Manifest;
  const name = `${manifest.kind}/${manifest.metadata.name}`;
  const Class = CLASSES[manifest.kind];
  if (Class) new Class(name, manifest as never);
  else new k8s.apiextensions.CustomResource(name, manifest);
}
