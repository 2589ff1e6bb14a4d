import assert from "node:assert/strict";
import { test } from "node:test";
import { totpOf } from "../src/totp.js";
import { Users } from "../src/users.js";
import { totpSecret } from "./fixtures.js";

const alice = { email: "alice@example.test", name: "Alice", password: "right", groups: [], totp: totpSecret };
const bob = { email: "bob@example.test", name: "Bob", password: "right", groups: [] };
const minute = 60_000;
const start = 1_800_000_000_000;
const codeAt = (timestamp) => totpOf(totpSecret).generate({ timestamp });

test("the code of RFC 6238's test vector", () => {
  // The RFC prints eight digits, 94287082; six digits are the last six of them.
  assert.equal(totpOf("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").generate({ timestamp: 59_000 }), "287082");
});

test("codes: one step early or late, each once, never an older one", () => {
  const users = new Users([alice]);
  const signIn = (code, now) => users.signIn({ ...alice, code }, now).result;
  assert.equal(signIn(codeAt(start - 60_000), start), "wrong", "two steps late");
  assert.equal(signIn(codeAt(start + 60_000), start), "wrong", "two steps early");
  assert.equal(signIn(codeAt(start), start), "ok");
  assert.equal(signIn(codeAt(start), start), "wrong", "used");
  assert.equal(signIn(codeAt(start - 30_000), start), "wrong", "older than the used one");
  assert.equal(signIn(codeAt(start + 30_000), start), "ok", "one step early");
  assert.equal(
    signIn(`${codeAt(start + 60_000).slice(0, 3)} ${codeAt(start + 60_000).slice(3)}`, start + 90_000),
    "ok",
  );
});

test("a wrong password does not use up a code", () => {
  const users = new Users([alice]);
  assert.equal(users.signIn({ ...alice, password: "wrong", code: codeAt(start) }, start).result, "wrong");
  assert.equal(users.signIn({ ...alice, code: codeAt(start) }, start).result, "ok");
});

test("an empty password opens no unknown account", () => {
  assert.equal(new Users([bob]).signIn({ email: "x@example.test", password: "", code: "" }, start).result, "wrong");
});

test("ten wrong tries in five minutes lock the account, even for the right password", () => {
  const users = new Users([alice, bob]);
  const signIn = (user, password, now) => users.signIn({ ...user, password, code: "" }, now);
  for (let second = 0; second < 10; second++) signIn(bob, "wrong", start + second * 1000);
  const locked = signIn(bob, "right", start + 10_000);
  assert.equal(locked.result, "locked");
  assert.equal(locked.wait, 290);
  assert.equal(signIn(alice, "wrong", start + 10_000).result, "wrong", "others are not locked");
  assert.equal(signIn(bob, "right", start + 5 * minute).result, "ok", "the first try is forgotten");
});

test("a right sign-in starts the count again", () => {
  const users = new Users([bob]);
  const signIn = (password) => users.signIn({ ...bob, password, code: "" }, start).result;
  for (let round = 0; round < 3; round++) {
    for (let attempt = 0; attempt < 9; attempt++) assert.equal(signIn("wrong"), "wrong");
    assert.equal(signIn("right"), "ok");
  }
});

test("the subject is stable and is not the email", () => {
  const subject = () => new Users([bob]).signIn({ ...bob, code: "" }, start).user.sub;
  assert.equal(subject(), subject());
  assert.ok(!subject().includes("bob"));
});
