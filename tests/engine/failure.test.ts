import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Ask, ask, type Browser } from "../../testbed/client/http";
import { type Conversation, OpenClawClient } from "../../testbed/client/openclaw";
import { sleep } from "../../testbed/sleep";
import { Certificates } from "./support/certificates";
import { container, holder, inspect, mustDocker } from "./support/docker";
import { People } from "./support/people";
import { down, INSTANCE, up } from "./support/stack";

const SCOPES = ["operator.read", "operator.write"];
/** Every program of the deployment, and how to find its container. What holds a workload's network is a part of its own. */
const PARTS: Record<string, () => Promise<string>> = {
  ...Object.fromEntries(
    [
      "edge",
      "guard",
      "policy-administrator",
      "openclaw",
      "model-client",
      "egress",
      "identity-provider",
      "demo-model",
      "ca",
      "assistant-guard-renewer",
    ].map((name) => [name, () => container(name)]),
  ),
  "the edge's network": () => holder("edge"),
  "the guard's network": () => holder("guard"),
  "OpenClaw's network": () => holder("openclaw"),
  "the renewers' network": () => holder("renewer"),
};
/** Until a chat is answered again. Most of it is OpenClaw's own start. */
const LIMIT_MS = 30_000;
/** How often the attempts and the attacks start anew. A request into a part that just died may hang for longer. */
const RETRY_MS = 2000;
const AT_ONCE = 3;
const SECRET = "what only Alice may read";

/** On a deployment of its own. */
describe("a part that is killed", () => {
  let people: People;
  let hers: Conversation;
  let his: Conversation;
  const said: string[] = [];

  before(async () => {
    const { code, output } = await up();
    assert.equal(code, 0, output);
    people = await People.ofDeployment();
    const alice = await OpenClawClient.connect(await people.signedIn("admin"), SCOPES);
    hers = await alice.converse();
    await alice.chat(hers, SECRET);
    assert.ok((await historyOf(alice, hers)).includes(SECRET));
    alice.close();

    const bob = await OpenClawClient.connect(await people.signedIn("operator"), SCOPES);
    his = await bob.converse();
    bob.close();
  });

  after(() => down());

  for (const [part, find] of Object.entries(PARTS)) {
    test(`${part}: nobody gets in, it is back within ${LIMIT_MS / 1000} s, and no chat is lost`, async (context) => {
      const browser = await people.signedIn("operator");
      const bob = await OpenClawClient.connect(browser, SCOPES);
      said.push(`before ${part} was killed`);
      await bob.chat(his, said.at(-1) as string);

      const during = `while ${part} was killed`;
      const running = bob.chat(his, during).then(
        () => said.push(during),
        () => {},
      );
      const id = await find();
      await kill(id);
      const died = Date.now();
      const attacks = new Attacks(people, browser, hers);
      const back = await until(died + LIMIT_MS, () => chatsAgain(people, his, `after ${part} was killed`));
      context.diagnostic(`${part} was back after ${inSeconds(Date.now() - died)} s`);
      const got = await attacks.stop();
      bob.close();
      assert.equal(back, true, `no chat within ${inSeconds(LIMIT_MS)} s`);
      assert.ok(Number(await mustDocker("inspect", "--format", "{{.RestartCount}}", id)) > 0, "it was not even killed");
      assert.deepEqual(got, [], "got through");

      await Promise.race([running, sleep(RETRY_MS)]);
      said.push(`after ${part} was killed`);
      const again = await OpenClawClient.connect(browser, SCOPES);
      const history = await historyOf(again, his);
      again.close();
      assert.deepEqual(
        said.filter((words) => !history.includes(words)),
        [],
        "lost from the conversation",
      );
    });
  }

  test("every certificate can be renewed after all that", async () => {
    const certificates = await Certificates.of(INSTANCE);
    const renewed = await Promise.all(certificates.names.map((name) => certificates.renew(name)));
    assert.deepEqual(
      renewed.filter(({ ready }) => !ready),
      [],
    );
  });

  test("OpenClaw obeys a stop that comes while it starts", async () => {
    const id = await container("openclaw");
    await mustDocker("restart", "--time", "60", id);
    await sleep(1000);
    await mustDocker("stop", "--time", "60", id);
    const { State } = (await inspect(id)) as unknown as { State: { ExitCode: number } };
    await mustDocker("start", id);
    assert.notEqual(State.ExitCode, 137, "it had to be killed");
  });
});

/** What must not work while a part is down, tried over and over. */
class Attacks {
  private going = true;
  private readonly got = new Set<string>();
  private readonly running: Promise<void>;

  constructor(
    private readonly people: People,
    private readonly bob: Browser,
    private readonly hers: Conversation,
  ) {
    this.running = this.repeat();
  }

  /** Ends them and says which got something. */
  async stop(): Promise<string[]> {
    this.going = false;
    await this.running;
    return [...this.got];
  }

  private async repeat(): Promise<void> {
    while (this.going) {
      await Promise.all([
        this.asStranger("page", {}),
        this.asStranger("forged", { headers: this.forged }),
        this.asBob(),
        sleep(RETRY_MS),
      ]);
    }
  }

  private get forged(): Record<string, string> {
    const { email } = this.people.withRole("admin");
    return { "x-forwarded-user": email, "x-openclaw-scopes": "operator.admin", authorization: "Bearer forged" };
  }

  /** Any answer of success is one too many; none at all is as good as a refusal. */
  private async asStranger(name: string, request: Ask): Promise<void> {
    for (const path of ["/", "/readyz", "/tools/invoke"]) {
      const status = await ask(this.people.stranger(), path, request).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status >= 200 && status < 300) this.got.add(`${name} ${path}: ${status}`);
    }
  }

  private async asBob(): Promise<void> {
    try {
      const client = await OpenClawClient.connect(this.bob, ["operator.admin", ...SCOPES], this.forged);
      if (client.scopes.includes("operator.admin")) this.got.add("admin's scopes for the operator");
      if ((await historyOf(client, this.hers)).includes(SECRET)) this.got.add("another person's conversation");
      client.close();
    } catch {
      // Refused, or nobody was there to answer.
    }
  }
}

const inSeconds = (ms: number) => (ms / 1000).toFixed(1);

async function historyOf(client: OpenClawClient, { key }: Conversation): Promise<string> {
  return JSON.stringify(await client.request("chat.history", { sessionKey: key }));
}

/** Kills a container's first process from outside: by the engine it would count as stopped by hand, and not be started again. */
async function kill(id: string): Promise<void> {
  const { State } = (await inspect(id)) as unknown as { State: { Pid: number } };
  process.kill(State.Pid, "SIGKILL");
}

/**
 * Starts the attempt anew until one succeeds; says whether one did before the deadline. Only so many go on at once: on a slow machine
 * more of them would be what keeps it from succeeding.
 */
async function until(deadline: number, attempt: () => Promise<void>): Promise<boolean> {
  let succeeded = false;
  let pending = 0;
  while (!succeeded && Date.now() < deadline) {
    if (pending < AT_ONCE) {
      pending += 1;
      attempt()
        .then(
          () => {
            succeeded = true;
          },
          () => {},
        )
        .finally(() => {
          pending -= 1;
        });
    }
    for (const end = Date.now() + RETRY_MS; !succeeded && Date.now() < end; ) await sleep(50);
  }
  return succeeded;
}

/** A person signs in with a new browser, is who they are, and gets an answer in the conversation of before. */
async function chatsAgain(people: People, conversation: Conversation, words: string): Promise<void> {
  const client = await OpenClawClient.connect(await people.signedIn("operator"), SCOPES);
  try {
    const self = JSON.stringify(await client.request("users.self", {}));
    assert.ok(self.includes(people.withRole("operator").email), self);
    assert.ok((await client.chat(conversation, words)).includes(words));
  } finally {
    client.close();
  }
}
