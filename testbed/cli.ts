/** The test bed's commands. `make help` shows the usual ones. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { oneTimeCode } from "./client/sign-in";
import { commands } from "./commands";
import { alone, defaultState, type Options, pulumiSteps, readOutputs } from "./commands/context";
import { endOrphans } from "./orphans";
import { repository, StateDirectory } from "./paths";
import { handOver, isEnding } from "./process";
import { message, Problem, Progress, Reported } from "./progress";
import { ensureEngine, stopEngine } from "./steps/engine";
import { ensureImages } from "./steps/images";

const usage = `Usage: testbed/bootstrap.sh <command> [--stack laptop] [--state DIR] [--config key=value …]

  up              make everything the stack needs, and the stack
  down            remove it; KEEP_DATA=1 keeps OpenClaw's own data
  outputs         print the URL, the users and two file names as JSON
  otp             print the admin's one-time code of this moment
  preview         show what up would change
  review          preview all stacks, and say what that changes and what speaks against it; --base COMMIT|FOLDER
  verify          try every flow: declared ones must be open, all others closed; --zone NAME for one zone
  network-test    the same, by zone; --zones FILE compares the stack with a file of zones before
  zones           print the zones of the running stack as such a file
  conformance     attack the stack; --only PATTERN for some attacks, --weaken PATTERN to take defences away and see attacks succeed
  bench           measure a stack made for it, and remove it; --write keeps the figures in docs/performance.md, --keep the stack;
                  --stack staging measures one on the cluster beside it
  revoke          shut somebody out at once; --user MAIL, --subject ID, --session ID, or --workload NAME for a certificate
  restore         let them in again
  list            who is shut out, and who is connected
  status          how long each certificate is good for
  renew           renew certificates now; --workload NAME for one
  cert            one more certificate; --workload NAME, --ttl 24h, --to DIRECTORY
  pulumi …        run Pulumi with this state, e.g. \`pulumi config set publicUrl https://localhost:9443\`
  engine [stop]   find or start a Docker engine; stop the one started here
  images          find or make the images and print their ids as JSON
  cluster up      find or start a Kubernetes cluster; also: cluster down, cluster status, cluster restart
  test            run all tests
  unit            run the unit tests
  manifests       try our Kubernetes manifests without a cluster; UPDATE_GOLDEN=1 writes down anew who may talk to whom
  previews        what is said of a change before it is deployed: no cluster, no Docker
  kubernetes      the stack on a cluster: attacks, renewals, kills
  failure         kill each part while a chat runs
  rotation        renew, spoil, deny and replace certificates under load
  clean           remove caches`;

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === "pulumi") return pulumi(rest);
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: true,
    options: {
      stack: { type: "string", default: "laptop" },
      state: { type: "string" },
      config: { type: "string", multiple: true, default: [] },
      base: { type: "string" },
      zone: { type: "string" },
      zones: { type: "string" },
      only: { type: "string" },
      weaken: { type: "string" },
      write: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      user: { type: "string" },
      subject: { type: "string" },
      session: { type: "string" },
      workload: { type: "string" },
      ttl: { type: "string" },
      to: { type: "string" },
    },
  });
  const { stack, state, config } = values;
  const options: Options = {
    stack,
    state: state === undefined ? defaultState(stack) : new StateDirectory(state),
    config,
    out: process.stdout,
  };
  switch (command) {
    case "up": {
      if (stack === "laptop") await commands.up.up(options);
      else await commands.staging.upStaging(options);
      return 0;
    }
    case "down": {
      const keepData = ["1", "true", "yes"].includes(process.env.KEEP_DATA ?? "");
      if (stack === "laptop") await commands.down.down(options, keepData);
      else await commands.staging.downStaging(options);
      return 0;
    }
    case "preview":
      return stack === "laptop"
        ? commands.up.preview(options, positionals)
        : commands.staging.previewStaging(options, positionals);
    case "review":
      return commands.review.review(values.base, process.stdout);
    case "verify":
    case "network-test":
      return commands.verify.verify(options, { zone: values.zone, zones: values.zones });
    case "zones":
      return commands.verify.printZones({ ...options, out: process.stderr });
    case "conformance":
      return commands.conformance.conformance(options, { only: values.only, weaken: values.weaken });
    case "bench": {
      if (stack === "staging") {
        const { benchStaging, benchStagingState } = commands.benchStaging;
        return benchStaging(state === undefined ? { ...options, state: benchStagingState() } : options, values);
      }
      const { bench, benchState } = commands.bench;
      return bench(state === undefined ? { ...options, state: benchState() } : options, values);
    }
    case "status":
      return commands.certificates.status(options);
    case "renew":
      return commands.certificates.renew(options, values.workload);
    case "cert":
      return commands.certificates.certificate(options, {
        service: values.workload,
        ttl: values.ttl,
        to: values.to,
      });
    case "revoke":
    case "restore":
    case "list": {
      if (command !== "list" && values.workload !== undefined)
        return commands.deny.deny(options, command, values.workload);
      const { revoke } = commands.revoke;
      return revoke(options, command, { user: values.user, subject: values.subject, session: values.session });
    }
    case "outputs":
      return outputs({ ...options, out: process.stderr });
    case "otp":
      return otp({ ...options, out: process.stderr });
    case "engine":
      return engine(options, positionals[0]);
    case "images":
      return images({ ...options, out: process.stderr });
    case "cluster":
      return commands.cluster.cluster(options, positionals[0]);
    case "test":
      return commands.test.test(options);
    case "unit":
      return handOver(join(repository, "node_modules", ".bin", "jest"), positionals, { cwd: repository });
    case "kubernetes":
      return commands.test.kubernetesTests(options);
    case "previews":
      return commands.test.previewTests(options);
    case "manifests":
      return commands.manifests.manifests(options);
    case "failure":
    case "rotation":
      return engineTest(command);
    case "clean":
      await commands.clean.clean(options);
      return 0;
    default:
      process.stderr.write(
        `${command === undefined || command === "help" ? "" : `There is no command "${command}".\n`}${usage}\n`,
      );
      return command === "help" ? 0 : 2;
  }
}

/** One file of the engine tests. */
function engineTest(name: string): Promise<number> {
  const file = join(repository, "tests/engine", `${name}.test.ts`);
  return handOver(process.execPath, [...process.execArgv, "--test", file], { cwd: repository });
}

async function outputs(options: Options): Promise<number> {
  const { state, out } = options;
  state.make();
  const stack = await pulumiSteps(new Progress(2, state.logs, out, true), options);
  process.stdout.write(`${JSON.stringify(await readOutputs(stack), null, 2)}\n`);
  return 0;
}

async function otp(options: Options): Promise<number> {
  const { state, out } = options;
  state.make();
  const stack = await pulumiSteps(new Progress(2, state.logs, out, true), options);
  for (const { totp } of (await readOutputs(stack)).users) {
    if (totp !== undefined) process.stdout.write(`${oneTimeCode(totp)}\n`);
  }
  return 0;
}

async function engine({ state, out }: Options, what: string | undefined): Promise<number> {
  if (what === "stop") {
    out.write(`${(await stopEngine()) ?? "no engine was started here"}\n`);
    return 0;
  }
  state.make();
  const { host } = await new Progress(1, state.logs, out).step("Docker engine", ensureEngine);
  out.write(`export DOCKER_HOST=${host}\n`);
  return 0;
}

async function images({ state, out }: Options): Promise<number> {
  state.make();
  const progress = new Progress(2, state.logs, out);
  const { docker } = await progress.step("Docker engine", ensureEngine);
  const ids = await progress.step("Images", (step) => ensureImages(docker, step));
  process.stdout.write(`${JSON.stringify(ids, null, 2)}\n`);
  return 0;
}

/** Pulumi as the user types it, with our state, plugins and engine. Which stack and state: STACK and STATE. */
async function pulumi(args: readonly string[]): Promise<number> {
  const stackName = process.env.STACK ?? "laptop";
  const state = process.env.STATE === undefined ? defaultState(stackName) : new StateDirectory(process.env.STATE);
  state.make();
  const options: Options = { stack: stackName, state, config: [], out: process.stderr };
  const progress = new Progress(3, state.logs, process.stderr, true);
  const stack = await pulumiSteps(progress, options);
  // The docker plugin wants an engine for whatever touches resources.
  if (["up", "update", "preview", "refresh", "destroy", "import", "watch"].includes(args[0] ?? ""))
    await progress.step("Docker engine", ensureEngine);
  await alone(state, progress, () => stack.create());
  return stack.passThrough(args);
}

async function tidyThenRun(argv: readonly string[]): Promise<number> {
  const ended = await endOrphans();
  if (ended > 0) process.stderr.write(`ended ${ended} processes that a killed run had left\n`);
  return main(argv);
}

tidyThenRun(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    // The signal's own handler ends the process when everything is in order.
    if (isEnding()) return;
    // A step that failed has said so already.
    if (!(error instanceof Reported))
      process.stderr.write(`${error instanceof Problem ? message(error) : (error?.stack ?? error)}\n`);
    process.exit(1);
  },
);
