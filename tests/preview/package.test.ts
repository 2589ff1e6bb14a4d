import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { repository } from "../../testbed/paths";
import { attempt, run } from "../../testbed/process";
import { policed } from "./support/findings";
import { Project } from "./support/project";

/** A company's own program with our package installed, as the package registry would serve it. */
describe("the package in a company's program", () => {
  let company: string;
  let installed: string;

  before(async () => {
    company = mkdtempSync(join(tmpdir(), "zero-trust-openclaw-company-"));
    cpSync(join(__dirname, "programs", "company"), company, { recursive: true });
    installed = join(company, "node_modules", "zero-trust-openclaw");
    mkdirSync(installed, { recursive: true });
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", company], { cwd: repository });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [{ filename: string }];
    await run("tar", ["-xzf", join(company, filename), "--strip-components=1", "-C", installed]);
    await linkPackages(join(company, "node_modules"));
    const { compilerOptions } = JSON.parse(readFileSync(join(repository, "tsconfig.json"), "utf8"));
    writeFileSync(
      join(company, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: ["node"], paths: {} }, include: ["*.ts"] }),
    );
  });
  after(() => rmSync(company, { recursive: true, force: true }));

  test("has what it needs and nothing that is only for working on it", () => {
    const { bin, main, types } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    for (const file of [main, types, ...Object.values(bin as Record<string, string>)])
      assert.ok(readFileSync(join(installed, file), "utf8").length > 0);
    const files = readdirSync(installed, { recursive: true }) as string[];
    assert.deepEqual(
      files.filter((file) => /^(tests|testbed|stacks|\.ci)$|node_modules|_test\.go$/.test(file)),
      [],
    );
  });

  test("its types are those of the sources", async () => {
    writeFileSync(
      join(company, "wrong.ts"),
      'import { kubernetes } from "zero-trust-openclaw";\nkubernetes({ apiServer: { addresses: 7 } });\n',
    );
    const { code, stdout } = await attempt(join(repository, "node_modules", ".bin", "tsc"), ["--noEmit"], {
      cwd: company,
    });
    rmSync(join(company, "wrong.ts"));
    assert.notEqual(code, 0);
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith(" ")),
      ["wrong.ts(2,27): error TS2322: Type 'number' is not assignable to type 'string[]'."],
    );
  });

  test("its program is previewed with the package's policies, and reviewed by its command", async () => {
    const project = await Project.open(company);
    try {
      const { stdout, findings, errors } = await policed(project, {}, join(installed, "dist", "policies"));
      assert.deepEqual(errors, []);
      assert.deepEqual([...new Set(findings.map(({ rule }) => rule))].sort(), [
        "image-digest",
        "service-account-token",
      ]);
      writeFileSync(join(company, "head.json"), stdout);
      const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
      const command = [join(installed, bin["zero-trust-openclaw"]), "review", "--base", "none", "--head", "head.json"];
      const { code, stdout: said } = await attempt(process.execPath, command, { cwd: company });
      assert.match(said, /^Perimeter of company, stack test: There is no earlier deployment to compare with/);
      assert.match(said, /A policy forbids this/);
      assert.equal(code, 3);
    } finally {
      project.remove();
    }
  });
});

/** What npm would install beside it; two copies of Pulumi's library would not know each other's outputs. */
async function linkPackages(folder: string): Promise<void> {
  const all = join(repository, "node_modules");
  for (const name of readdirSync(all)) symlinkSync(join(all, name), join(folder, name));
}
