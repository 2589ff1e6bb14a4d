import * as pulumi from "@pulumi/pulumi";

/** A resource a program registered, with its inputs unwrapped and the paths of those that were secret. */
export interface Recorded {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  secrets: string[];
  /** Of something that is there already: what the program imports or looks up. */
  id?: string;
}

interface RecordOptions {
  preview?: boolean;
  /** What another stack puts out, for programs that refer to one. */
  stackOutputs?: Record<string, unknown>;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Runs a program against mocks and returns what it registered. */
export async function record(
  program: () => unknown,
  { preview = false, stackOutputs }: RecordOptions = {},
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const secrets: string[] = [];
        const unwrapped = unwrap(inputs, "", secrets) as Record<string, unknown>;
        recorded.push({ type, name, inputs: unwrapped, secrets, ...(id ? { id } : {}) });
        if (type === "pulumi:pulumi:StackReference")
          return { id: name, state: { name, outputs: stackOutputs, secretOutputNames: [] } };
        return { id: `${name}-id`, state: preview ? inputs : outcome(type, name, inputs) };
      },
      call: () => ({}),
    },
    "project",
    "stack",
    preview,
  );
  // The engine's library takes down the stack of every promise, and jest looks each frame up in its source maps: most of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await program();
    await pulumi.runtime.disconnect(false);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return recorded;
}

/** The value behind an output, when everything is known. */
export function settled<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}

function outcome(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type.startsWith("kubernetes:")) return inCluster(type, name, inputs);
  return { ...computed(type, name), ...inputs };
}

/** What the API server adds: a name where none is given, and a service's address. */
function inCluster(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const { metadata = {}, spec } = inputs as { metadata?: object; spec?: object };
  const service = type === "kubernetes:core/v1:Service";
  return {
    ...inputs,
    metadata: { name: autonamed(name), ...metadata },
    ...(service ? { spec: { ...spec, clusterIP: `address of ${name}` } } : {}),
  };
}

/** The name in the cluster of a resource that gives none. */
export function autonamed(name: string): string {
  return `${name}-00000000`;
}

/** Some key of the curve P-256; nobody has the other half. */
const PUBLIC_KEY = [
  "-----BEGIN PUBLIC KEY-----",
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdYH6J65VNdwcfqRxBSTDXf26KksS",
  "6xcUBCIQUzpUa9VrooJPl6KyI6IEos6d0qMjGKAGKF6ktVkIZF+i0B06yw==",
  "-----END PUBLIC KEY-----",
  "",
].join("\n");

function computed(type: string, name: string): Record<string, unknown> {
  const pem = { certPem: `cert of ${name}\n`, certRequestPem: `request of ${name}\n` };
  const key = { privateKeyPem: `key of ${name}\n`, privateKeyPemPkcs8: `pkcs8 key of ${name}\n` };
  const docker = { name: `${name}-0000000`, imageId: `sha256:${name}`, exitCode: 0 };
  if (type.startsWith("tls:")) return { ...pem, ...key, publicKeyPem: PUBLIC_KEY };
  if (type.startsWith("random:")) return { result: `random of ${name}`, hex: "00".repeat(16) };
  return docker;
}

function unwrap(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((one, i) => unwrap(one, `${path}[${i}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) {
    secrets.push(path);
    return unwrap(object.value, path, secrets);
  }
  return Object.fromEntries(
    Object.entries(object).map(([key, one]) => [key, unwrap(one, path ? `${path}.${key}` : key, secrets)]),
  );
}
