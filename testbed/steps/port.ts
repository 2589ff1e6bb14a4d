/** The port people will open: free, or already ours. */
import { createServer } from "node:net";
import type Docker from "dockerode";
import { attempt } from "../process";
import { Problem } from "../progress";

export async function checkPort(
  docker: Docker,
  publicUrl: string,
  instance: string,
): Promise<{ value: number; chose: string }> {
  const url = new URL(publicUrl);
  const port = url.port === "" ? 443 : Number(url.port);
  if (await isFree(port)) return { value: port, chose: "free" };
  for (const container of await docker.listContainers()) {
    if (!container.Ports.some((published) => published.PublicPort === port)) continue;
    if (container.Labels["zero-trust-openclaw.stack"] === instance) return { value: port, chose: "used by this stack" };
    throw new Problem(
      `Port ${port} is used by the container ${container.Names[0]?.slice(1)}. Stop it, or choose another port: make up CONFIG="publicUrl=https://${url.hostname}:<port>"`,
    );
  }
  throw new Problem(
    `Port ${port} is used by ${await user(port)}. Stop it, or choose another port: make up CONFIG="publicUrl=https://${url.hostname}:<port>"`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function user(port: number): Promise<string> {
  const { stdout } = await attempt("ss", ["-Hltnp", `sport = :${port}`]).catch(() => ({ stdout: "" }));
  const found = /\(\("([^"]+)",pid=(\d+)/.exec(stdout);
  return found === null ? "another program" : `${found[1]} (process ${found[2]})`;
}
