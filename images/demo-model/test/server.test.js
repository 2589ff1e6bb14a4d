import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { key, newPair, startServer, waitFor, writeFiles } from "./fixtures.js";

const chat = "/v1/chat/completions";
const hello = { model: "demo-1", messages: [{ role: "user", content: 'say "hi"' }] };
const reply = 'Demo model: no real model is connected. You said: "say "hi""';

let directory;
let server;

before(async () => {
  directory = writeFiles();
  server = await startServer(directory);
});

after(async () => {
  assert.equal(await server.stop(), 0);
  server.remove();
});

test("health needs no key", async () => {
  const answer = await server.ask("/healthz", { authorization: "" });
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.text), { ready: true });
});

test("one answer", async () => {
  const answer = await server.ask(chat, { body: hello });
  assert.equal(answer.status, 200);
  const completion = JSON.parse(answer.text);
  assert.equal(completion.object, "chat.completion");
  assert.equal(completion.model, "demo-1");
  assert.deepEqual(completion.choices, [
    { index: 0, message: { role: "assistant", content: reply }, finish_reason: "stop" },
  ]);
  const { prompt_tokens, completion_tokens, total_tokens } = completion.usage;
  assert.equal(total_tokens, prompt_tokens + completion_tokens);
});

for (const withUsage of [true, false]) {
  test(`a stream ${withUsage ? "with" : "without"} usage`, async () => {
    const body = { ...hello, stream: true, stream_options: { include_usage: withUsage } };
    const answer = await server.ask(chat, { body });
    assert.match(answer.headers["content-type"], /^text\/event-stream/);
    const events = answer.text.trim().split("\n\n");
    assert.equal(events.pop(), "data: [DONE]");
    const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, "")));
    if (withUsage) {
      const last = chunks.pop();
      assert.deepEqual(last.choices, []);
      assert.ok(last.usage.total_tokens > 0);
    }
    assert.equal(new Set(chunks.map(({ id }) => id)).size, 1);
    assert.ok(chunks.every(({ object, usage }) => object === "chat.completion.chunk" && usage === undefined));
    assert.equal(chunks[0].choices[0].delta.role, "assistant");
    assert.equal(chunks.map(({ choices }) => choices[0].delta.content ?? "").join(""), reply);
    assert.deepEqual(
      chunks.map(({ choices }) => choices[0].finish_reason).filter((reason) => reason),
      ["stop"],
    );
  });
}

test("a tool call, whole and as a stream", async () => {
  const messages = [{ role: "user", content: 'use the tool exec with {"command":"id"}' }];
  const called = { name: "exec", arguments: '{"command":"id"}' };
  const whole = JSON.parse((await server.ask(chat, { body: { messages } })).text).choices[0];
  assert.equal(whole.finish_reason, "tool_calls");
  assert.deepEqual(whole.message.tool_calls[0].function, called);
  const { text } = await server.ask(chat, { body: { messages, stream: true } });
  const deltas = text.match(/^data: \{.*$/gm).map((line) => JSON.parse(line.slice(6)).choices[0]);
  assert.deepEqual(deltas.find(({ delta }) => delta.tool_calls).delta.tool_calls[0].function, called);
  assert.equal(deltas.at(-1).finish_reason, "tool_calls");
});

for (const authorization of ["", "Bearer", "Bearer wrong", key, `Basic ${key}`, `Bearer ${key}x`, `bearer ${key}`]) {
  test(`no answer for the authorization "${authorization.replace(key, "<key>")}"`, async () => {
    const answer = await server.ask(chat, { body: hello, authorization });
    assert.equal(answer.status, 401);
    assert.equal(JSON.parse(answer.text).error.code, "invalid_api_key");
    assert.ok(!answer.text.includes(key));
  });
}

const refused = [
  ["a body that is not JSON", chat, { body: "{" }, 400],
  ["null", chat, { body: "null" }, 400],
  ["no messages", chat, { body: { model: "demo-1" } }, 400],
  ["messages that are none", chat, { body: { messages: ["hello"] } }, 400],
  ["GET", chat, {}, 405],
  ["another path", "/v1/completions", { body: hello }, 404],
  ["more than 16 MiB", chat, { body: `"${"a".repeat(16 * 1024 * 1024)}"` }, 413],
];
for (const [what, path, options, status] of refused) {
  test(`refuses ${what}`, async () => {
    // The connection may be cut while a body that is too large is still being sent.
    const answer = await server.ask(path, options).catch((error) => ({ status: 413, error }));
    assert.equal(answer.status, status);
  });
}

test("a new key and a new certificate need no restart", async () => {
  const own = writeFiles();
  const rotating = await startServer(own);
  try {
    const before = await rotating.ask("/healthz", { rejectUnauthorized: false });
    const next = "the-next-key-for-the-tests";
    writeFileSync(join(own, "api-key"), next);
    assert.equal((await rotating.ask(chat, { body: hello })).status, 401);
    assert.equal((await rotating.ask(chat, { body: hello, authorization: `Bearer ${next}` })).status, 200);

    newPair(own);
    await waitFor(() => rotating.output.some((line) => line.includes('"result":"ok"')), "the new pair was taken up");
    const ca = readFileSync(join(own, "tls.crt"));
    const after = await rotating.ask("/healthz", { ca });
    assert.notEqual(after.fingerprint256, before.fingerprint256);
    await assert.rejects(rotating.ask("/healthz", { ca, maxVersion: "TLSv1.2" }));
  } finally {
    await rotating.stop();
    rotating.remove();
  }
});

test("the log has no key and no words of the user", async () => {
  await server.ask(`${chat}?api_key=${key}`, { body: hello });
  const text = server.output.join("\n");
  assert.ok(text.includes('"status":200'));
  for (const secret of [key, "say"]) assert.ok(!text.includes(secret));
});

const wrongFiles = [
  ["config.json", { "config.json": "SECRET" }],
  ["config.json", { "config.json": "null" }],
  ["config.json", { "config.json": '{"listen":{"host":"127.0.0.1"}}' }],
  ["api-key", { "api-key": "SECRET" }],
];
for (const [name, files] of wrongFiles) {
  test(`refuses to start with ${name} as ${files[name]}`, () => expectRefusal(writeFiles(files), name));
}

for (const name of ["config.json", "api-key", "tls.crt", "tls.key"]) {
  test(`refuses to start without ${name}`, () => {
    const own = writeFiles();
    rmSync(join(own, name));
    return expectRefusal(own, name);
  });
}

async function expectRefusal(own, name) {
  await assert.rejects(startServer(own), (error) => {
    assert.match(error.message, new RegExp(`exit 1: demo-model: .*${name.replace(".", "\\.")}`));
    assert.doesNotMatch(error.message, /SECRET/);
    return true;
  });
  rmSync(own, { recursive: true });
}

test("the copies of shared files are the same in both images", () => {
  const images = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  for (const name of ["tls-reload.js", "log.js"]) {
    const copies = ["demo-model", "demo-identity-provider"].map((image) =>
      readFileSync(join(images, image, "src", name)),
    );
    assert.ok(copies[0].equals(copies[1]), name);
  }
});
