import type { Recorded } from "./mocks";

export interface Container {
  name: string;
  image: string;
  command: string[];
  restartPolicy?: string;
  env?: { name: string; value: string }[];
  securityContext: Record<string, unknown> & { runAsUser: number; runAsGroup: number };
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  lifecycle?: object;
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}
export interface Probe {
  httpGet?: { scheme: string; port: number; path: string };
  exec?: { command: string[] };
}
export interface Pod {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  securityContext: Record<string, unknown>;
  terminationGracePeriodSeconds: number;
  dnsPolicy?: string;
  dnsConfig?: { nameservers: string[] };
  initContainers: Container[];
  containers: Container[];
  volumes: {
    name: string;
    projected?: {
      defaultMode: number;
      sources: { secret?: { name: string; items?: object[] }; serviceAccountToken?: { path: string } }[];
    };
    secret?: { secretName: string; defaultMode: number };
    emptyDir?: { sizeLimit: string };
  }[];
  topologySpreadConstraints?: object[];
}
export interface Running {
  replicas?: number;
  serviceName?: string;
  template: { spec: Pod };
  volumeClaimTemplates?: { metadata: { name: string }; spec: Record<string, unknown> }[];
}
export interface Meta {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
}

export const inCluster = (all: Recorded[]) => all.filter(({ type }) => type.startsWith("kubernetes:"));
export const kindOf = ({ inputs }: Recorded) => inputs.kind as string;
export const meta = ({ inputs }: Recorded) => (inputs.metadata ?? {}) as Meta;
export const spec = <Spec>({ inputs }: Recorded) => inputs.spec as Spec;
export const ofKind = (all: Recorded[], kind: string) => inCluster(all).filter((one) => kindOf(one) === kind);
export const running = (all: Recorded[]) => [...ofKind(all, "Deployment"), ...ofKind(all, "StatefulSet")];
export const podOf = (one: Recorded) => spec<Running>(one).template.spec;
export const named = (some: Recorded[], name: string) => {
  const found = some.find((one) => meta(one).name === name);
  if (!found) throw new Error(`no "${name}" among ${some.map((one) => meta(one).name).join(", ")}`);
  return found;
};
export const containersOf = (pod: Pod) => [...pod.initContainers, ...pod.containers];
export const containerOf = (pod: Pod, name: string) => containersOf(pod).find((one) => one.name === name) as Container;
