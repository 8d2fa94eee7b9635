// The client by itself, against a peer made of two arrays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Client, CarapaceError, ERROR_CODES, MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from "../dist/index.js";

// fake returns a client, what it has written, and how to answer it.
function fake(options) {
  const written = [];
  const problems = [];
  const client = new Client(
    { write: (line) => void written.push(line) },
    { onProblem: (problem) => problems.push(problem), ...options },
  );
  const answer = (message) => client.receive(JSON.stringify({ jsonrpc: "2.0", ...message }));
  return { client, written, problems, answer, sent: () => written.map((line) => JSON.parse(line)) };
}

const rejection = (promise) => promise.then(() => assert.fail("not rejected"), (error) => error);

test("a call is one line, and its answer resolves it", async () => {
  const { client, written, answer } = fake();
  const call = client.call("cluster.status", { name: "a\nb" });
  assert.equal(written[0], '{"jsonrpc":"2.0","id":1,"method":"cluster.status","params":{"name":"a\\nb"}}\n');
  answer({ id: 1, result: { name: "a", status: "running", description: "d", unknownField: 1 } });
  assert.deepEqual(await call, { name: "a", status: "running", description: "d", unknownField: 1 });
});

test("params that are left out are not sent", () => {
  const { client, sent } = fake();
  void client.call("ping");
  assert.ok(!("params" in sent()[0]));
});

test("answers come in any order", async () => {
  const { client, answer } = fake();
  const calls = [client.call("ping"), client.call("doctor"), client.call("cluster.list")];
  answer({ id: 3, result: "c" });
  answer({ id: 1, result: "a" });
  answer({ id: 2, result: "b" });
  assert.deepEqual(await Promise.all(calls), ["a", "b", "c"]);
});

test("a batch of answers is taken apart", async () => {
  const { client } = fake();
  const calls = [client.call("ping"), client.call("ping")];
  client.receive('[{"jsonrpc":"2.0","id":2,"result":2},{"jsonrpc":"2.0","id":1,"result":1}]');
  assert.deepEqual(await Promise.all(calls), [1, 2]);
});

test("an error carries the sidecar's data", async () => {
  const { client, answer } = fake();
  const call = client.call("cluster.launch");
  const data = { kind: "credentials_missing", message: "No credentials.", hint: "Run aws configure.", retryable: false, extra: 1 };
  answer({ id: 1, error: { code: -32009, message: "No credentials.", data } });
  const error = await rejection(call);
  assert.ok(error instanceof CarapaceError && error instanceof Error);
  assert.equal(error.kind, "credentials_missing");
  assert.equal(error.code, ERROR_CODES.credentials_missing);
  assert.deepEqual(error.data, data);
});

for (const [what, error] of Object.entries({
  "no data": { code: -32601, message: "no such method" },
  "data of another shape": { code: -32601, message: "no such method", data: ["x"] },
  "data null": { code: -32601, message: "no such method", data: null },
})) {
  test(`an error with ${what} is still an error`, async () => {
    const { client, answer } = fake();
    const call = client.call("ping");
    answer({ id: 1, error });
    const got = await rejection(call);
    assert.deepEqual([got.kind, got.code, got.message, got.data], ["internal", -32601, "no such method", undefined]);
  });
}

test("an error that is empty is still an error", async () => {
  const { client, answer } = fake();
  const call = client.call("ping");
  answer({ id: 1, error: {} });
  assert.equal((await rejection(call)).code, ERROR_CODES.internal);
});

test("notifications reach their handlers, unknown ones nobody", () => {
  const { client, answer, problems } = fake();
  const got = [];
  const off = client.on("cluster.log", (line) => got.push(line.line));
  client.on("cluster.log", (line) => got.push(`second ${line.line}`));
  answer({ method: "cluster.log", params: { line: "1" } });
  answer({ method: "cluster.fromTheFuture", params: { line: "2" } });
  answer({ method: "cluster.fromTheFuture" });
  off();
  answer({ method: "cluster.log", params: { line: "3" } });
  assert.deepEqual(got, ["1", "second 1", "second 3"]);
  assert.deepEqual(problems, []);
});

test("one handler twice is called twice, and ended by itself", () => {
  const { client, answer } = fake();
  let calls = 0;
  const handler = () => void calls++;
  const off = client.on("cluster.log", handler);
  client.on("cluster.log", handler);
  answer({ method: "cluster.log", params: {} });
  off();
  off();
  answer({ method: "cluster.log", params: {} });
  assert.equal(calls, 3);
});

test("a handler that throws stops neither the others nor the client", async () => {
  const { client, answer, problems } = fake();
  const got = [];
  client.on("cluster.log", () => { throw new Error("mine"); });
  client.on("cluster.log", () => got.push("second"));
  answer({ method: "cluster.log", params: {} });
  const call = client.call("ping");
  answer({ id: 1, result: {} });
  await call;
  assert.deepEqual(got, ["second"]);
  assert.match(problems[0], /mine/);
});

test("a handler may end its own subscription", () => {
  const { client, answer } = fake();
  let calls = 0;
  const off = client.on("cluster.log", () => { calls++; off(); });
  answer({ method: "cluster.log", params: {} });
  answer({ method: "cluster.log", params: {} });
  assert.equal(calls, 1);
});

test("lines with their ending, blank lines and nonsense are survived", async () => {
  const { client, problems } = fake();
  const call = client.call("ping");
  for (const line of ["\n", "\r\n", "", "  ", "nonsense\n", "[1, null]\n", "7", '"text"', "null", '{"jsonrpc":"2.0"}\n']) client.receive(line);
  client.receive('{"jsonrpc":"2.0","id":99,"result":{}}\n');
  client.receive('{"jsonrpc":"2.0","id":"1","result":"not ours: another type of id"}\n');
  client.receive('{"jsonrpc":"2.0","id":1,"result":{"ok":true}}\r\n');
  assert.deepEqual(await call, { ok: true });
  assert.equal(problems.length, 6);
});

test("a complaint without an id is told", () => {
  const { answer, problems } = fake();
  answer({ id: null, error: { code: -32700, message: "not JSON" } });
  assert.deepEqual(problems, ["not JSON"]);
});

test("a time-out rejects, cancels at the sidecar, and a late answer is ignored", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { client, sent, answer, problems } = fake({ timeoutMs: 5000 });
  const slow = rejection(client.call("cluster.status", {}, { timeoutMs: 100 }));
  const usual = client.call("ping");
  const forEver = client.call("doctor", {}, { timeoutMs: 0 });
  t.mock.timers.tick(100);
  const error = await slow;
  assert.equal(error.kind, "client_timeout");
  assert.ok(error.hint);
  assert.deepEqual(sent()[3], { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } });
  answer({ id: 1, error: { code: -32027, message: "canceled" } });
  answer({ id: 2, result: {} });
  await usual;
  t.mock.timers.tick(1_000_000);
  answer({ id: 3, result: {} });
  await forEver;
  assert.equal(sent().length, 4);
  assert.deepEqual(problems, []);
});

test("without a time-out a call waits", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { client, answer } = fake();
  const call = client.call("ping");
  t.mock.timers.tick(1_000_000_000);
  answer({ id: 1, result: {} });
  await call;
});

test("a signal gives a call up, once", async () => {
  const { client, sent, answer } = fake();
  const controller = new AbortController();
  const call = rejection(client.call("cluster.status", { refresh: true }, { signal: controller.signal }));
  controller.abort();
  controller.abort();
  assert.equal((await call).kind, "client_aborted");
  assert.deepEqual(sent().slice(1), [{ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } }]);
  answer({ id: 1, result: {} });
});

test("a signal that was aborted before sends nothing", async () => {
  const { client, written } = fake();
  const error = await rejection(client.call("ping", {}, { signal: AbortSignal.abort() }));
  assert.equal(error.kind, "client_aborted");
  assert.deepEqual(written, []);
});

test("a call that was answered listens to its signal no more", async () => {
  const { client, answer, written } = fake();
  const controller = new AbortController();
  const call = client.call("ping", {}, { signal: controller.signal });
  answer({ id: 1, result: {} });
  await call;
  controller.abort();
  assert.equal(written.length, 1);
});

test("closed rejects what waits and what comes", async () => {
  const { client, written } = fake();
  const waiting = [rejection(client.call("ping")), rejection(client.call("doctor"))];
  const told = [];
  client.onClosed((error) => told.push(error.message));
  client.closed(new CarapaceError("client_closed", "It has ended (exit code 3).", { log: ["its last words"] }));
  client.closed();
  client.onClosed((error) => told.push(error.log));
  assert.deepEqual(told, ["It has ended (exit code 3).", ["its last words"]]);
  for (const error of [...(await Promise.all(waiting)), await rejection(client.call("ping"))]) {
    assert.deepEqual([error.kind, error.message, error.code], ["client_closed", "It has ended (exit code 3).", 0]);
  }
  assert.equal(written.length, 2);
});

for (const [how, write] of Object.entries({
  throws: () => { throw new Error("EPIPE"); },
  rejects: () => Promise.reject(new Error("EPIPE")),
})) {
  test(`a write that ${how} fails its own call alone`, async () => {
    let broken = true;
    const client = new Client({ write: (line) => (broken ? write(line) : undefined) }, { onProblem: assert.fail });
    const error = await rejection(client.call("ping"));
    assert.equal(error.kind, "client_closed");
    assert.match(error.message, /EPIPE/);
    broken = false;
    const next = client.call("ping");
    client.receive('{"jsonrpc":"2.0","id":2,"result":{}}');
    await next;
  });
}

test("a cancel that can't be written is a problem, not a crash", async () => {
  const problems = [];
  let writes = 0;
  const client = new Client(
    { write: () => (++writes > 1 ? Promise.reject(new Error("EPIPE")) : undefined) },
    { onProblem: (problem) => problems.push(problem) },
  );
  const controller = new AbortController();
  const call = rejection(client.call("ping", {}, { signal: controller.signal }));
  controller.abort();
  await call;
  await turn();
  assert.match(problems[0], /EPIPE/);
});

test("ten thousand calls at once leave nothing behind", async () => {
  const { client, sent, answer } = fake();
  const calls = Array.from({ length: 10_000 }, () => client.call("ping"));
  for (const { id } of sent().reverse()) answer({ id, result: id });
  const results = await Promise.all(calls);
  assert.deepEqual(results, results.map((_, i) => i + 1));
});

test("an answer that holds neither result nor error is an error", async () => {
  const { client, answer } = fake();
  const calls = [rejection(client.call("ping")), rejection(client.call("ping"))];
  answer({ id: 1, error: "x" });
  answer({ id: 2 });
  for (const error of await Promise.all(calls)) assert.equal(error.kind, "internal");
});

// The sidecar answers a line that is too long without an id, so a call that sent
// one would wait for ever.
const room = MAX_MESSAGE_BYTES - '{"jsonrpc":"2.0","id":1,"method":"cluster.status","params":{"name":""}}'.length;
const long = (bytes) => "ä€🦀".repeat(bytes / 9) + "x".repeat(bytes % 9); // two, three and four bytes
for (const [what, text, sent] of [
  ["as long as it may be", "x".repeat(room), 1],
  ["one byte longer", "x".repeat(room + 1), 0],
  ["of long characters, as long as it may be", long(room), 1],
  ["of long characters, one byte longer", long(room + 1), 0],
]) {
  test(`a message ${what}`, async () => {
    const { client, written } = fake();
    const call = client.call("cluster.status", { name: text });
    if (sent === 0) assert.equal((await rejection(call)).kind, "client_too_large");
    assert.equal(written.length, sent);
    if (sent) assert.equal(Buffer.byteLength(written[0]), MAX_MESSAGE_BYTES + "\n".length);
  });
}

test("problems that nobody takes are told on the console", (t) => {
  const error = t.mock.method(console, "error", () => {});
  const client = new Client({ write() {} });
  client.on("cluster.log", () => { throw new Error("mine"); });
  client.receive('{"jsonrpc":"2.0","method":"cluster.log","params":{}}');
  assert.match(error.mock.calls[0].arguments[0], /mine/);
});

test("the registry is there", () => {
  assert.equal(PROTOCOL_VERSION, 1);
  assert.equal(ERROR_CODES.invalid_params, -32602);
  assert.equal(ERROR_CODES.invalid_spec, -32602);
});
