/**
 * Stand-in for the Pulumi Node language host: runs a TypeScript program for the engine. The program itself runs under the SDK's own runner,
 * exactly as it would with the official host.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serve, unary } from "../serve";

/** With this code the SDK says: it failed, and I have already said why. */
const BAIL_EXIT_CODE = 32;

const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";
const children = new Set<ChildProcess>();

serve(LanguageRuntimeService, {
  handshake: unary(() => new rpc.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
  // The SDK names the plugin and its version with every resource, so the engine needs no list beforehand.
  getRequiredPlugins: unary(() => new rpc.GetRequiredPluginsResponse()),
  getRequiredPackages: unary(() => new rpc.GetRequiredPackagesResponse()),
  getProgramDependencies: unary(() => new rpc.GetProgramDependenciesResponse()),
  about: unary(() => new rpc.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  cancel: unary(() => {
    for (const child of children) child.kill("SIGTERM");
    return new Empty();
  }),
  run: unary(run),
  runPlugin,
});

/** Runs the program of a stack. What it prints goes where this process prints, and from there to the engine. */
async function run(request: rpc.RunRequest): Promise<rpc.RunResponse> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd();
  const options = (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const child = start(
    [
      ...(typeof options.nodeargs === "string" ? options.nodeargs.split(" ").filter(Boolean) : []),
      runnerOf(directory, "run"),
      ...["--monitor", request.getMonitorAddress()],
      ...["--engine", engineAddress],
      ...["--organization", request.getOrganization()],
      ...["--project", request.getProject()],
      ...["--root-directory", info?.getRootDirectory() || directory],
      ...["--stack", request.getStack()],
      ...["--pwd", request.getPwd()],
      ...(request.getDryrun() ? ["--dry-run"] : []),
      ...["--parallel", String(request.getParallel())],
      info?.getEntryPoint() || request.getProgram() || ".",
      ...request.getArgsList(),
    ],
    directory,
    {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
      ...(typeof options.tsconfig === "string" && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    },
    "inherit",
  );
  const code = await exit(child);
  if (code === 0) return new rpc.RunResponse();
  if (code === BAIL_EXIT_CODE) return new rpc.RunResponse().setBail(true);
  return new rpc.RunResponse().setError(`Program exited with non-zero exit code: ${code}`);
}

/** Runs a plugin that is a Node program itself: a policy pack, or a provider of components. */
async function runPlugin(call: ServerWritableStream<rpc.RunPluginRequest, rpc.RunPluginResponse>): Promise<void> {
  const { request } = call;
  const directory = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const args = request.getArgsList();
  // A pack brings its own compiler settings, which are looked for in the working directory.
  const isPolicyPack = request.getKind() === "analyzer";
  const command = isPolicyPack
    ? [runnerOf(directory, "run-policy-pack"), ...args, directory]
    : [runnerOf(directory, "run-plugin"), directory, ...args];
  const env = Object.fromEntries(request.getEnvList().map((line) => line.split(/=(.*)/s, 2)));
  const child = start(command, isPolicyPack ? directory : request.getPwd() || directory, env, "pipe");
  child.stdout?.on("data", (chunk: Buffer) => call.write(new rpc.RunPluginResponse().setStdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(new rpc.RunPluginResponse().setStderr(chunk)));
  call.on("cancelled", () => child.kill("SIGTERM"));
  call.write(new rpc.RunPluginResponse().setExitcode(await exit(child)));
  call.end();
}

function start(args: string[], cwd: string, env: Record<string, string>, output: "inherit" | "pipe"): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output],
  });
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

function exit(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // "close" comes after the last output, "exit" may not.
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** The runner of the SDK that the program itself uses, so that both are the same version. */
function runnerOf(directory: string, command: string): string {
  try {
    return createRequire(join(directory, "index.js")).resolve(`@pulumi/pulumi/cmd/${command}`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for ${directory}: run npm install there first`);
  }
}
