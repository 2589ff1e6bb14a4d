import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Comment {
  id: number;
  user: { login: string; type: string };
  body: string;
}
export interface PullRequest {
  number: number;
  state: string;
  head: { sha: string; ref: string; repo: { id: number } | null };
}
export interface Artifact {
  id: number;
  name: string;
  expired: boolean;
  size_in_bytes: number;
}

export const bot = { login: "github-actions[bot]", type: "Bot" };
export const token = "the-token-of-this-run";
const repository = "company/assistant";

/** As much of GitHub's API as a comment takes, on loopback. */
export class FakeGitHub {
  readonly pullRequests: PullRequest[] = [];
  readonly comments: Comment[] = [];
  readonly artifacts: Artifact[] = [];
  /** What changed something, in order. */
  readonly changes: string[] = [];
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://fake");
      const path = url.pathname.replace(`/repos/${repository}`, "");
      this.asked.push(`${path}${url.search}`);
      let text = "";
      request.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        const known = request.headers.authorization === `Bearer ${token}`;
        const answer = known ? this.answer(request.method ?? "", path, url.searchParams, text) : undefined;
        response.writeHead(known ? (answer === undefined ? 404 : 200) : 401, { "content-type": "application/json" });
        response.end(JSON.stringify(answer ?? { message: "no" }));
      });
    });
  }

  private answer(method: string, path: string, query: URLSearchParams, text: string): unknown {
    const [, family, id, rest] = path.split("/");
    const page = <T>(items: readonly T[]): T[] => {
      const size = Number(query.get("per_page") ?? 30);
      const start = (Number(query.get("page") ?? 1) - 1) * size;
      return items.slice(start, start + size);
    };
    if (method === "GET" && family === "pulls") return this.pullRequests.find(({ number }) => String(number) === id);
    if (method === "GET" && family === "actions") return { artifacts: page(this.artifacts) };
    if (method === "GET" && family === "issues" && rest === "comments") return page(this.comments);
    if (method !== "POST" && method !== "PATCH") return undefined;
    this.changes.push(`${method} ${path}`);
    const { body } = JSON.parse(text) as { body: string };
    if (method === "POST") {
      const comment = { id: 1000 + this.comments.length, user: bot, body };
      this.comments.push(comment);
      return comment;
    }
    const comment = this.comments.find((one) => String(one.id) === rest);
    if (comment !== undefined) comment.body = body;
    return comment;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  /** What a runner sets for a script. */
  get environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return { GITHUB_API_URL: `http://127.0.0.1:${port}`, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
