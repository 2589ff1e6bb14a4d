import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import { type Candidate, choose, explain, NothingAvailable, Unavailable } from "../../testbed/choose";
import { diagnostics, summary, Tally } from "../../testbed/deploy";
import { imagesFor } from "../../testbed/images/catalogue";
import { isAlive, self, startOf, withLock } from "../../testbed/lock";
import { orphans } from "../../testbed/orphans";
import { CommandFailed, run } from "../../testbed/process";
import { Problem, Progress, Reported } from "../../testbed/progress";
import { sleep } from "../../testbed/sleep";

const temporary = mkdtempSync(join(tmpdir(), "zt-testbed-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** A candidate that works, and counts how often it was tried. */
function works(name: string, tried: string[] = []): Candidate<string> {
  return {
    name,
    attempt: async () => {
      tried.push(name);
      return `from ${name}`;
    },
  };
}

function fails(name: string, why: string): Candidate<string> {
  return {
    name,
    attempt: async () => {
      throw new Unavailable(why);
    },
  };
}

describe("choose", () => {
  it("takes what the machine has and tries nothing else", async () => {
    const tried: string[] = [];
    const choice = await choose("Tool", [works("machine", tried), works("download", tried), works("build", tried)]);
    expect(choice).toEqual({ value: "from machine", candidate: "machine", rejected: [] });
    expect(tried).toEqual(["machine"]);
    expect(explain(choice)).toBe("machine");
  });

  it("takes the official download when the machine has none", async () => {
    const tried: string[] = [];
    const choice = await choose("Tool", [
      fails("machine", "none on PATH"),
      works("download", tried),
      works("build", tried),
    ]);
    expect(choice.value).toBe("from download");
    expect(tried).toEqual(["download"]);
    expect(explain(choice)).toBe("download (machine: none on PATH)");
  });

  it("builds when neither is there, and says why", async () => {
    const choice = await choose("Tool", [
      fails("machine", "none on PATH"),
      fails("official download", "the host cannot be resolved\nlong story"),
      works("built here"),
    ]);
    expect(choice.value).toBe("from built here");
    expect(explain(choice)).toBe("built here (machine: none on PATH; official download: the host cannot be resolved)");
  });

  it("gives up on a candidate that does not answer in time, and tells it to stop", async () => {
    let stopped = false;
    const hangs: Candidate<string> = {
      name: "download",
      timeout: 20,
      attempt: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(signal.reason);
          });
        }),
    };
    const choice = await choose("Tool", [hangs, works("build")]);
    expect(choice.rejected).toEqual([{ candidate: "download", why: "no answer within 0.02 s" }]);
    expect(stopped).toBe(true);
  });

  it("does not hold up a candidate that is quicker than its limit", async () => {
    const choice = await choose("Tool", [{ ...works("download"), timeout: 60_000 }]);
    expect(choice.candidate).toBe("download");
  });

  it("names every reason when none works, and keeps the last as the cause", async () => {
    const cause = new Error("disk on fire");
    const broken: Candidate<string> = {
      name: "build",
      attempt: async () => {
        throw cause;
      },
    };
    const failure = await choose("Tool", [fails("machine", "too old"), broken]).catch((error) => error);
    expect(failure).toBeInstanceOf(NothingAvailable);
    expect(failure.message).toBe("Tool: nothing works on this machine.\n  - machine: too old\n  - build: disk on fire");
    expect(failure.cause).toBe(cause);
  });
});

describe("withLock", () => {
  const file = (): string => join(mkdtempSync(join(temporary, "lock-")), "lock");
  const dead = { pid: process.pid, started: "before this process" };

  it("lets one body run at a time", async () => {
    const lock = file();
    let inside = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3].map(() =>
        withLock(lock, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(5);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it("takes over the lock of a process that is gone, even if its id is in use again", async () => {
    const lock = file();
    writeFileSync(lock, JSON.stringify(dead));
    expect(await withLock(lock, async () => "mine")).toBe("mine");
    expect(readdirSync(join(lock, ".."))).toEqual([]);
  });

  it("takes it over once when several want it, even if one died on the way", async () => {
    const lock = file();
    writeFileSync(lock, JSON.stringify(dead));
    let inside = 0;
    await Promise.all(
      [1, 2, 3, 4].map(() =>
        withLock(lock, async () => {
          inside += 1;
          expect(inside).toBe(1);
          await sleep(2);
          inside -= 1;
        }),
      ),
    );
  });

  it("takes over a file that a killed writer left empty", async () => {
    const lock = file();
    writeFileSync(lock, "");
    expect(await withLock(lock, async () => "mine")).toBe("mine");
  });

  it("waits for a living owner and says so", async () => {
    const lock = file();
    writeFileSync(lock, JSON.stringify(self()));
    const waiting = jest.fn();
    setTimeout(() => rmSync(lock), 50);
    await withLock(lock, async () => {}, waiting);
    expect(waiting).toHaveBeenCalledTimes(1);
    expect(waiting).toHaveBeenCalledWith(self());
  });

  it("gives the lock back when the body fails", async () => {
    const lock = file();
    await expect(
      withLock(lock, async () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(existsSync(lock)).toBe(false);
  });

  it("knows the living from the dead", () => {
    expect(isAlive(self())).toBe(true);
    expect(isAlive(dead)).toBe(false);
    expect(startOf(2 ** 22 + 1)).toBeUndefined();
  });
});

describe("orphans", () => {
  const start = (owner: unknown): ChildProcess =>
    spawn("sleep", ["30"], {
      env: { ...process.env, ZERO_TRUST_OPENCLAW_RUN: JSON.stringify(owner) },
      stdio: "ignore",
    });

  it("are the commands of runs that are gone, and no others", async () => {
    const children = [start({ pid: process.pid, started: "earlier" }), start(self()), start("somebody else's")];
    await sleep(50);
    const found = orphans();
    expect(children.map(({ pid }) => found.includes(pid as number))).toEqual([true, false, false]);
    for (const child of children) child.kill("SIGKILL");
  });
});

describe("cached", () => {
  /** A fresh copy of the module, with a cache of its own. */
  function load(): typeof import("../../testbed/cache") {
    process.env.ZERO_TRUST_OPENCLAW_CACHE = join(temporary, "cache");
    jest.resetModules();
    return require("../../testbed/cache");
  }

  it("builds once, for all who ask at the same time", async () => {
    const build = jest.fn(async (folder: string) => writeFileSync(join(folder, "tool"), "x"));
    const { cached } = load();
    const [first, second] = await Promise.all([cached("tool", "1", build), cached("tool", "1", build)]);
    expect(first?.folder).toBe(second?.folder);
    expect(await cached("tool", "1", build)).toEqual({ folder: first?.folder, built: false });
    expect(build).toHaveBeenCalledTimes(1);
  });

  it("leaves nothing under the name when a build fails", async () => {
    const { cached, entry } = load();
    const half = async (folder: string): Promise<void> => {
      writeFileSync(join(folder, "half"), "x");
      throw new Error("broke");
    };
    await expect(cached("tool", "2", half)).rejects.toThrow("broke");
    expect(existsSync(entry("tool", "2"))).toBe(false);
    expect(readdirSync(join(temporary, "cache", "workshops"))).toEqual([]);
  });

  it("sweeps out what a killed build left", async () => {
    const { inWorkshop } = load();
    const workshops = join(temporary, "cache", "workshops");
    mkdirSync(join(workshops, "old-1-abc"), { recursive: true });
    writeFileSync(join(workshops, "old-1-abc", "big"), "x");
    writeFileSync(join(workshops, "old-1-abc.owner"), JSON.stringify({ pid: process.pid, started: "earlier" }));
    await inWorkshop("new", async (folder) => {
      const own = folder.slice(workshops.length + 1);
      expect(readdirSync(workshops).sort()).toEqual([own, `${own}.owner`].sort());
    });
  });

  it("says plainly that the disk is full", async () => {
    const { cached } = load();
    const build = async (): Promise<void> => {
      await run("sh", ["-c", "echo 'write: No space left on device' >&2; exit 1"]);
    };
    await expect(cached("tool", "3", build)).rejects.toThrow(/^The disk is full: .*Nothing half-made was kept/);
  });

  it("refuses to start without room", () => {
    const { demandSpace } = load();
    expect(() => demandSpace(10_000_000, "Building images")).toThrow(
      /^Building images needs 10000000 GiB free, but only .* GiB are left/,
    );
  });
});

describe("run", () => {
  it("ends a command and its children after its time", async () => {
    const started = Date.now();
    await expect(run("sh", ["-c", "sleep 30 & wait"], { timeout: 50 })).rejects.toThrow(/was ended after 0.05 s/);
    expect(Date.now() - started).toBeLessThan(2000);
  });

  it("says what the command said last", async () => {
    await expect(run("sh", ["-c", "echo first >&2; echo why >&2; exit 3"])).rejects.toThrow(/ended with 3: why$/);
  });

  it("names a command that is missing", async () => {
    await expect(run("no-such-command", [])).rejects.toThrow("`no-such-command` not found");
  });
});

describe("Progress", () => {
  function progress(total: number): { progress: Progress; said: () => string } {
    const out = new PassThrough();
    const logs = mkdtempSync(join(temporary, "log-"));
    return {
      progress: new Progress(total, logs, out as unknown as NodeJS.WriteStream),
      said: () => String(out.read() ?? ""),
    };
  }

  it("numbers the steps and says what each chose", async () => {
    const { progress: p, said } = progress(2);
    expect(await p.step("Pulumi CLI", async () => ({ value: 7, chose: "built here" }))).toBe(7);
    expect(said()).toMatch(/^\[1\/2\] Pulumi CLI … built here \d\.\d s\n$/);
  });

  it("shows the end of the log of a step that failed, and its name", async () => {
    const { progress: p, said } = progress(1);
    const failing = p.step("Images", async ({ log }) => {
      writeFileSync(log, Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join(""));
      throw new Error("it broke");
    });
    await expect(failing).rejects.toBeInstanceOf(Reported);
    const lines = said().split("\n");
    expect(lines[1]?.trim()).toBe("it broke");
    expect(lines.filter((line) => line.includes("| line"))).toHaveLength(15);
    expect(lines.at(-3)?.trim()).toBe("| line 29");
    expect(lines.at(-2)).toMatch(/log: .*images\.log$/);
  });

  it("shows a plain problem without the log's noise", async () => {
    const { progress: p, said } = progress(1);
    const failing = p.step("Port", async ({ log }) => {
      writeFileSync(log, "noise\n");
      throw new Problem("Port 8443 is used by something");
    });
    await expect(failing).rejects.toBeInstanceOf(Reported);
    expect(said()).not.toContain("noise");
  });
});

describe("what Pulumi says", () => {
  const output = [
    " +  docker:index:Network assistant-net creating (0s) ",
    " +  docker:index:Network assistant-net created (2s) ",
    " +  docker:index:Container assistant-edge creating (0s) ",
  ];

  it("becomes one short phrase while it runs", () => {
    const tally = new Tally();
    expect(String(tally)).toBe("starting");
    for (const line of output) tally.add(line);
    expect(String(tally)).toBe("1 created, at assistant-edge");
  });

  it("becomes counts when it is done", () => {
    expect(summary("Resources:\n    + 2 created\n\nDuration: 2s\n")).toBe("2 created");
    expect(summary("Resources:\n    ~ 1 updated\n    +-23 replaced\n    24 changes. 69 unchanged\n\n")).toBe(
      "1 updated, 23 replaced, 69 unchanged",
    );
    expect(summary("Resources:\n    93 unchanged\n\nDuration: 1s\n")).toBe("93 unchanged");
  });

  it("becomes its diagnostics when it fails", () => {
    const stdout = [
      ...output,
      "Diagnostics:",
      "  docker:index:Container (assistant-edge):",
      "    error: port is already allocated",
      "  pulumi:pulumi:Stack (laptop):",
      "    warning: using pulumi-language-nodejs from $PATH",
      "",
      "Resources:",
      "    + 1 created",
    ].join("\n");
    const failure = new CommandFailed("pulumi up", { code: 255, stdout, stderr: "" }, "ended with 255");
    expect(diagnostics(failure)).toContain("    error: port is already allocated");
    expect(diagnostics(failure).join("\n")).not.toMatch(/warning|created/);
  });
});

test("images of one login engine, and of one platform, are made only for stacks that use it", () => {
  const keys = (login?: string) => imagesFor(login).map(({ key }) => key);
  const always = [
    "envoy",
    "openclaw",
    "workloadTools",
    "policyAdministrator",
    "demoIdentityProvider",
    "demoModel",
    "stepCa",
  ];
  const onCluster = imagesFor(undefined, "kubernetes").map(({ key }) => key);
  expect(onCluster).toContain("trustController");
  expect(onCluster).not.toContain("stepCa");
  expect(keys()).toEqual(always);
  expect(keys("envoy")).toEqual(always);
  expect(keys("oauth2-proxy")).toEqual([...always.slice(0, -1), "oauth2Proxy", "sessionStore", "stepCa"]);
});

test("the manifests of the OpenClaw image name no package host", () => {
  const lock = readFileSync(join(__dirname, "../../testbed/images/openclaw/package-lock.json"), "utf8");
  expect(lock).not.toContain("resolved");
});
