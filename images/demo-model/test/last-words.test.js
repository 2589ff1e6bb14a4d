import assert from "node:assert/strict";
import { test } from "node:test";
import { lastWords } from "../src/last-words.js";

const user = (content) => [{ role: "user", content }];
const internal =
  '<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nConversation data:\n\n"none"\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>';
const cases = [
  ["plain", user("hello"), "hello"],
  ["the last user message", [...user("first"), { role: "assistant", content: "no" }, ...user("second")], "second"],
  ["tool results after it", [...user("hello"), { role: "tool", content: "result" }], "hello"],
  ["content parts", user([{ type: "text", text: "hello" }, { type: "image_url" }]), "hello"],
  ["information on the same line", user('Conversation info: {"sender":{"id":"1","name":"alice"}} hello'), "hello"],
  ["information on its own line", user('Conversation info: {"sender":{"name":"alice"}}\nhello'), "hello"],
  ["information and an empty line", user('Conversation info: {"sender":{"name":"alice"}}\n\nhello'), "hello"],
  ["fenced information", user('Conversation info (untrusted):\n```json\n{\n "a": 1\n}\n```\n\nhello'), "hello"],
  ["fenced information, no empty line", user("Conversation info (untrusted):\n```json\n{}\n```\nhello"), "hello"],
  ["a time stamp", user("[Sat 2026-11-21 09:04 UTC] hello"), "hello"],
  [
    "as OpenClaw 2026.9.6 sends it",
    user(
      '[Sat 2026-11-21 10:01 UTC] Conversation info: ...openclaw:ctx...\n```json\n{"sender":{"name":"bob"}}\n```\n\nfirst\n\nhello\n\nRuntime: agent=main | model=demo',
    ),
    "hello",
  ],
  ["internal context in the message", user(`hello\n\n${internal}`), "hello"],
  ["internal context as a message of its own", [...user("hello"), ...user(internal)], "hello"],
  ["information, then a time stamp", user("Conversation info: {}\n\n[Sat 2026-11-21 09:04 UTC] hello"), "hello"],
  ["a message id after it", user("hello\n\n[message_id: 17]"), "hello"],
  ["the user's own brackets", user("[x] hello {y}"), "[x] hello {y}"],
  ["two lines", user("hello\nagain"), "hello again"],
  ["the last paragraph", user("hello\n\nagain"), "again"],
  ["nothing", [], ""],
  ["odd content", user(7), ""],
  ["200 characters", user("a".repeat(200)), "a".repeat(200)],
  ["201 characters", user("a".repeat(201)), `${"a".repeat(199)}…`],
  ["characters outside the basic plane", user("🦞".repeat(201)), `${"🦞".repeat(199)}…`],
];
for (const [name, messages, expected] of cases) {
  test(`last words: ${name}`, () => assert.equal(lastWords(messages), expected));
}
