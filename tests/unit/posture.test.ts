import { docker, ZeroTrustOpenClaw, type ZeroTrustOpenClawArgs } from "../../lib";
import { type AgentPosture, agentPosture, agentProblems, agentTools, CLOSED_AGENT } from "../../lib/openclaw/posture";
import { postureReport } from "../../lib/openclaw/posture-report";
import { record } from "./support/mocks";

const OPEN: AgentPosture = { exec: "ask", files: "workspace" };

describe("the agent's posture", () => {
  test("is closed when nothing is said", () => {
    for (const nothing of [undefined, {}, { exec: undefined }]) expect(agentPosture(nothing)).toEqual(CLOSED_AGENT);
    const tools = agentTools(CLOSED_AGENT);
    expect(tools.deny).toEqual(expect.arrayContaining(["group:runtime", "group:fs", "group:automation"]));
    expect(tools).toMatchObject({ profile: "minimal", exec: { mode: "deny" }, fs: { workspaceOnly: true } });
    expect(tools).not.toHaveProperty("alsoAllow");
  });

  test("opens what is said and nothing else", () => {
    const exec = agentTools({ exec: "ask", files: "none" });
    expect(exec.alsoAllow).toEqual(["exec", "process"]);
    expect(exec.deny).toEqual(expect.arrayContaining(["group:fs", "code_execution", "secrets"]));
    expect(exec.deny).not.toContain("group:runtime");
    expect(exec.exec).toEqual({ host: "gateway", security: "allowlist", ask: "always", strictInlineEval: true });
    const files = agentTools({ exec: "deny", files: "workspace" });
    expect(files.alsoAllow).toEqual(["read", "write", "edit", "apply_patch"]);
    expect(files.deny).toContain("group:runtime");
    expect(files.deny).not.toContain("group:fs");
    expect(files).toMatchObject({ exec: { mode: "deny" }, fs: { workspaceOnly: true } });
  });

  test("is reported where it is open, with what that means", () => {
    expect(postureReport(CLOSED_AGENT)).toEqual([]);
    const report = (agent: AgentPosture) => postureReport(agent).map(({ argument, value }) => `${argument}=${value}`);
    expect(report({ ...CLOSED_AGENT, exec: "ask" })).toEqual(["agent.exec=ask"]);
    expect(report({ ...CLOSED_AGENT, files: "workspace" })).toEqual(["agent.files=workspace"]);
    expect(report(OPEN)).toEqual(["agent.exec=ask", "agent.files=workspace"]);
    for (const { open, why } of postureReport(OPEN)) {
      expect(open).toMatch(/^The agent .*\.$/);
      expect(why).toMatch(/\.$/);
    }
  });

  test("reaches OpenClaw's configuration and the outputs", async () => {
    const files = async (agent?: ZeroTrustOpenClawArgs["agent"]) => {
      let claw: ZeroTrustOpenClaw | undefined;
      const all = await record(() => {
        claw = new ZeroTrustOpenClaw("claw", { ...LAPTOP, agent });
      });
      const installer = all.find(({ name }) => name === "claw-openclaw-install");
      const uploads = (installer?.inputs as { uploads: { content: string }[] } | undefined)?.uploads ?? [];
      const config = uploads.map(({ content }) => content).find((content) => content.startsWith('{"gateway"'));
      return { tools: JSON.parse(config as string).tools, report: claw?.agentPosture };
    };
    expect(await files()).toEqual({ tools: agentTools(CLOSED_AGENT), report: [] });
    expect(await files(OPEN)).toEqual({ tools: agentTools(OPEN), report: postureReport(OPEN) });
  });
});

const LAPTOP: ZeroTrustOpenClawArgs = {
  platform: docker(),
  publicUrl: "https://localhost:8443",
  roles: { operator: { groups: ["operators"] } },
  demo: { users: [{ email: "bob@example.com", name: "Bob", groups: ["operators"] }] },
};

describe("a wrong posture is refused before anything is created", () => {
  const exec = 'use "deny" or "ask"';
  const files = 'use "none" or "workspace"';
  const nothing = "is nothing of the agent that can be opened";
  const cases: [unknown, string, string][] = [
    [{ exec: "full" }, "agent.exec", `"full" is not possible; ${exec}`],
    [{ exec: "Ask" }, "agent.exec", `"Ask" is not possible; ${exec}`],
    [{ exec: true }, "agent.exec", `true is not possible; ${exec}`],
    [{ exec: null }, "agent.exec", `null is not possible; ${exec}`],
    [{ files: "all" }, "agent.files", `"all" is not possible; ${files}`],
    [{ files: "/etc" }, "agent.files", `"/etc" is not possible; ${files}`],
    [{ files: ["workspace"] }, "agent.files", `["workspace"] is not possible; ${files}`],
    [{ file: "workspace" }, "agent.file", `"file" ${nothing}; did you mean "files"?`],
    [{ browser: "open" }, "agent.browser", `"browser" ${nothing}; use one of "exec", "files"`],
    [{ constructor: "a" }, "agent.constructor", `"constructor" ${nothing}; use one of "exec", "files"`],
    ["ask", "agent", '"ask" is no object; write it as { exec: "ask" }'],
    [["exec"], "agent", '["exec"] is no object; write it as { exec: "ask" }'],
    [null, "agent", 'null is no object; write it as { exec: "ask" }'],
  ];
  test.each(cases)("%j", async (agent, propertyPath, reason) => {
    expect(agentProblems(agent)).toEqual([{ propertyPath, reason }]);
    let thrown: unknown;
    const created = await record(() => {
      try {
        new ZeroTrustOpenClaw("claw", { ...LAPTOP, agent: agent as never });
      } catch (error) {
        thrown = error;
      }
    });
    expect((thrown as { errors: unknown }).errors).toEqual([{ propertyPath, reason }]);
    expect(created).toEqual([]);
  });
});
