import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diagram, openClawPerimeter, withCertificateAuthority } from "../../lib";

const root = join(__dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** As a reader of the README would write it. */
const example = (name: string) =>
  readFileSync(join(root, `examples/00-readme/${name}.ts`), "utf8")
    .replaceAll('from "../../lib"', 'from "zero-trust-openclaw"')
    .trim();

test.each(["six-arguments", "segmented-network"])("the README shows the example %s as it compiles", (name) => {
  expect(readme).toContain(example(name));
});

test("the README's picture is that of the laptop stack", () => {
  const perimeter = withCertificateAuthority(
    openClawPerimeter({
      trustDomain: "openclaw.internal",
      publicHost: "localhost",
      identityProvider: "demo",
      models: [{ port: "model-demo", host: "demo" }],
    }),
  );
  expect(readme).toContain(diagram(perimeter).trim());
});

test("the README names every package the library depends on", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const names = [...Object.keys(dependencies), ...Object.keys(peerDependencies)].map((name) =>
    name.replace("@pulumi/", ""),
  );
  expect(names.filter((name) => !readme.includes(name))).toEqual([]);
});
