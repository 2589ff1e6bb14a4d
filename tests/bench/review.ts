import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { type Flow, INTERNET, type Perimeter, reachability, validate } from "../../lib/perimeter";
import { diffSnapshots, parseSnapshot, type Snapshot, takeSnapshot, toMarkdown } from "../../lib/review";
import { permitted } from "../manifests/analyzer";
import { manifestsOf } from "../support/cluster-perimeters";
import { content } from "../support/snapshots";
import { withFigures } from "./document";
import { median, ratio, rotated } from "./statistics";
import { asMarkdown, asText, type Table } from "./table";

/** What reviewing a change costs, compared within one run: `npm run bench:review`, with `-- --write` for the documentation. */

const ROUNDS = 7;
const SIZES = [5_000, 10_000];
const FLOWS_EACH = 10;
/** What netpol-analyzer copes with: it takes each pair of pods by itself. */
const ANALYZED = 40;
const ANALYZED_ROUNDS = 3;

/** A perimeter without an end in sight, the same in every run: each workload calls ten others, some call hosts, one takes people in. */
function big(size: number): Perimeter {
  let state = 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const zones = Array.from({ length: 20 }, (_, i) => ({ name: `zone-${i}` }));
  const credentials = Array.from({ length: size / 10 }, (_, i) => ({ name: `key-${i}`, opens: "Something." }));
  const workloads = Array.from({ length: size }, (_, i) => ({
    name: `w${i}`,
    zone: `zone-${i % zones.length}`,
    ports: { mtls: 8443 },
    ...(i % 10 === 0 ? { credentials: [`key-${i / 10}`] } : {}),
  }));
  const flows = new Map<string, Flow>();
  const add = (flow: Flow) => flows.set(`${flow.from} ${flow.to} ${flow.port} ${flow.hosts}`, flow);
  const purpose = "Asks for something.";
  add({ from: INTERNET, to: "w1", port: "mtls", authentication: "tls+jwt", purpose });
  while (flows.size < size * FLOWS_EACH) {
    const [from, to] = [next(size), next(size)];
    if (from === to) continue;
    const call = { from: `w${from}`, authentication: "mtls" as const, purpose };
    if (next(50) > 0) add({ ...call, to: `w${to}`, port: "mtls" });
    else add({ ...call, to: INTERNET, port: "443", hosts: [`h${to}.example.com`], authentication: "tls+credential" });
  }
  return { trustDomain: "bench.internal", zones, workloads, flows: [...flows.values()], credentials };
}

/** One in a thousand flows goes, as many come. */
function changed(perimeter: Perimeter): Perimeter {
  const { workloads } = perimeter;
  const kept = perimeter.flows.filter((_, i) => i % 1000 !== 999);
  const known = new Set(kept.map(({ from, to }) => `${from} ${to}`));
  const fresh = workloads.flatMap(({ name }, i): Flow[] => {
    const to = workloads[(i + 17) % workloads.length]?.name ?? "";
    if (i % 100 !== 0 || known.has(`${name} ${to}`)) return [];
    return [{ from: name, to, port: "mtls", authentication: "mtls", purpose: "Something new." }];
  });
  return { ...perimeter, flows: [...kept, ...fresh] };
}

const snapshot = (perimeter: Perimeter): Snapshot => takeSnapshot({ ...content(), perimeter });

interface Case {
  size: number;
  base: Snapshot;
  head: Snapshot;
  text: string;
}

function prepared(size: number): Case {
  const base = snapshot(big(size));
  validate(base.perimeter);
  return { size, base, head: snapshot(changed(base.perimeter)), text: JSON.stringify(base) };
}

const MEASURED: Record<string, (one: Case) => unknown> = {
  "JSON.parse of one snapshot": ({ text }) => JSON.parse(text),
  "parseSnapshot: shape, digest, rules": ({ text }) => parseSnapshot(text),
  "reachability of one workload": ({ base }) => reachability(base.perimeter, "w1").credentials.length,
  "diffSnapshots, nothing differs": ({ base }) => diffSnapshots(base, base).findings,
  "diffSnapshots, 1 of 1000 flows differs": ({ base, head }) => diffSnapshots(base, head).findings,
  "toMarkdown of that": ({ base, head }) => toMarkdown(diffed(base, head)),
};

const reviews = new Map<Snapshot, ReturnType<typeof diffSnapshots>>();
function diffed(base: Snapshot, head: Snapshot) {
  const known = reviews.get(head) ?? diffSnapshots(base, head);
  reviews.set(head, known);
  return known;
}

/** Milliseconds of this process's own work: what else the machine does is not in it. */
function cpu(work: () => unknown): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

/** Milliseconds until it is done, for a program of its own. */
async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begin = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

function sizes(): Table {
  const cases = SIZES.map(prepared);
  const jobs = cases.flatMap((one, i) =>
    Object.entries(MEASURED).map(([name, work]) => ({ name, i, work: () => work(one) })),
  );
  const times = new Map(jobs.map(({ name, i }) => [`${name} ${i}`, [] as number[]]));
  for (const { work } of jobs) work();
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, i, work } of rotated(jobs, round)) times.get(`${name} ${i}`)?.push(cpu(work));
  const of = (name: string, i: number) => times.get(`${name} ${i}`) ?? [];
  const parse = "JSON.parse of one snapshot";
  const flows = (i: number) => cases[i]?.base.perimeter.flows.length;
  return {
    title: `Medians of ${ROUNDS} rounds in ms of CPU time, and ratios round by round`,
    rows: [
      [
        "",
        ...cases.map(({ size }, i) => `${size} workloads, ${flows(i)} flows`),
        "double size / size",
        "against JSON.parse",
      ],
      ...Object.keys(MEASURED).map((name) => [
        name,
        ...cases.map((_, i) => median(of(name, i)).toFixed(1)),
        `${ratio(of(name, 1), of(name, 0)).median.toFixed(2)}×`,
        `${ratio(of(name, 1), of(parse, 1)).median.toFixed(2)}×`,
      ]),
    ],
  };
}

/** What netpol-analyzer needs to list who may talk to whom, of the same perimeters as network policies. */
async function analyzed(): Promise<Table> {
  const cases = [ANALYZED / 2, ANALYZED].map((size) => prepared(size));
  const rows: string[][] = [
    ["", ...cases.map(({ size, base }) => `${size} workloads, ${base.perimeter.flows.length} flows`)],
  ];
  const theirs: number[][] = [];
  const ours: number[][] = [];
  for (const { base, head } of cases) {
    const policies = [base, head].map(({ perimeter }) => manifestsOf(perimeter));
    const [their, our]: [number[], number[]] = [[], []];
    for (let round = 0; round < ANALYZED_ROUNDS; round++) {
      their.push(await elapsed(() => permitted(policies[1] ?? [])));
      our.push(await elapsed(async () => diffSnapshots(base, head)));
    }
    theirs.push(their);
    ours.push(our);
  }
  rows.push(["netpol-analyzer list, one side", ...theirs.map((times) => median(times).toFixed(0))]);
  rows.push(["diffSnapshots, both sides", ...ours.map((times) => median(times).toFixed(2))]);
  rows.push(["ratio", ...theirs.map((times, i) => `${ratio(times, ours[i] ?? []).median.toFixed(0)}×`)]);
  return { title: `The same graphs as network policies: medians of ${ANALYZED_ROUNDS} rounds in ms`, rows };
}

async function main(): Promise<void> {
  const tables = [sizes()];
  if (process.env.NETPOLICY === undefined)
    console.log("NETPOLICY names no netpol-analyzer, so there is no comparison with it.");
  else tables.push(await analyzed());
  const machine = `Node ${process.versions.node}, ${cpus().length} cores`;
  for (const line of ["", machine, ...tables.flatMap(asText)]) console.log(line);
  if (!process.argv.includes("--write")) return;
  const document = join(__dirname, "../../docs/review.md");
  const figures = ["", `${machine}.`, ...tables.flatMap(asMarkdown)];
  writeFileSync(document, withFigures(readFileSync(document, "utf8"), figures));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
