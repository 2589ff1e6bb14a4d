import type { Kubectl } from "../../../testbed/cluster/kubectl";
import type { Manifest } from "../../support/manifests";

interface Template {
  metadata?: object;
  spec: { serviceAccountName?: string; volumes?: object[]; hostNetwork?: boolean };
}

/** Rendered objects as they would be in one namespace, and each of their pods, which the API server else looks at much later. */
export function inOneNamespace(objects: readonly Manifest[], namespace: string): object[] {
  return objects
    .filter(({ kind }) => kind !== "Namespace")
    .flatMap((object) => {
      const metadata = { ...object.metadata, ...(object.metadata.namespace ? { namespace } : {}) };
      return [{ ...readable(object), metadata }, ...pods(object, namespace)];
    });
}

/** Secrets have words in the place of their content. */
function readable(object: Manifest): object {
  const { data } = object as { data?: Record<string, string> };
  if (object.kind !== "Secret") return object;
  const encoded = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  // Of some types the API server looks into the content.
  return { ...object, type: "Opaque", data: Object.fromEntries(encoded) };
}

function pods({ kind, metadata: { name }, spec }: Manifest, namespace: string): object[] {
  if (kind !== "Deployment" && kind !== "StatefulSet") return [];
  const { template, volumeClaimTemplates = [] } = spec as {
    template: Template;
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  const claims = volumeClaimTemplates.map(({ metadata }) => ({ name: metadata.name, emptyDir: {} }));
  const volumes = [...(template.spec.volumes ?? []), ...claims];
  const metadata = { ...template.metadata, name, namespace };
  // One that is there: the API server takes no pod of an account that is not.
  return [
    { apiVersion: "v1", kind: "Pod", metadata, spec: { ...template.spec, volumes, serviceAccountName: "default" } },
  ];
}

/** What the API server would say, which keeps nothing of it: refusals and warnings, or nothing. */
export async function refusals(kubectl: Kubectl, objects: readonly object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { code, stderr } = await kubectl.attempt(["apply", "--dry-run=server", "--filename=-"], { input });
  if (code !== 0 && stderr.trim() === "") throw new Error(`kubectl ended with ${code}`);
  return stderr.trim();
}
