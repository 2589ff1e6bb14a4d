import { Project } from "/work/examples/tests/preview/support/project";
(async () => {
  const p = await Project.open("/work/examples/" + process.argv[2]);
  try {
    for (const k of process.argv.slice(3)) await p.must(["config", "set", "--secret", k, "the-very-secret-" + k]);
    const r = await p.pulumi(["preview"]);
    console.log(r.code, r.stdout.slice(0, 9000), r.stderr.slice(0, 3000));
    const j = await p.pulumi(["preview", "--json"]);
    require("fs").writeFileSync("/tmp/preview.json", j.stdout);
  } finally { p.remove(); }
})();
