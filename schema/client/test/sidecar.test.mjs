// The built sidecar through the generated client and its Node adapter. Everything
// that it prints is held to protocol.schema.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { CarapaceError, connect, ERROR_CODES } from "../dist/index.js";
import { nodeSidecar } from "../dist/node.js";
import { sidecar, startSidecar } from "./sidecar.mjs";

const openrpc = JSON.parse(readFileSync(new URL("../../openrpc.json", import.meta.url), "utf8"));
const schema = JSON.parse(readFileSync(new URL("../../protocol.schema.json", import.meta.url), "utf8"));
const rejection = (promise) => promise.then(() => assert.fail("not rejected"), (error) => error);

function validator() {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(schema, "protocol");
  return (what, ref, value) => {
    const validate = ajv.getSchema(`protocol${ref}`);
    assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  };
}

const called = new Set();

// start starts a simulated sidecar whose every answer and notification is
// checked against the schema.
async function start(t) {
  const child = startSidecar(t, "--simulate");
  const problems = [];
  const { client } = await connect(nodeSidecar(() => child), { timeoutMs: 60_000, onProblem: (problem) => problems.push(problem) });
  const check = validator();
  const notifications = [];
  for (const [name, { params }] of Object.entries(schema["x-notifications"])) {
    client.on(name, (value) => {
      notifications.push({ name, value });
      check(name, params.$ref, value);
    });
  }
  const call = async (method, params) => {
    called.add(method);
    const result = await client.call(method, params).catch((error) => {
      if (error.data) check(`the error of ${method}`, "#/$defs/Error", error.data);
      throw error;
    });
    const { $ref } = schema["x-methods"][method].result;
    if ($ref) check(method, $ref, result);
    return result;
  };
  t.after(() => assert.deepEqual(problems, []));
  return { child, client, call, notifications };
}

// operate begins an operation and waits for its end. The listener is there before
// the call: on a fast clock the end can come right behind the answer.
async function operate({ client, call }, method, params) {
  const ends = new Map();
  const waiting = new Map();
  const off = client.on("operation.finished", (end) => {
    ends.set(end.operation.id, end);
    waiting.get(end.operation.id)?.(end);
  });
  const answer = await call(method, params);
  const { id } = answer.operation;
  const end = ends.get(id) ?? (await new Promise((resolve) => waiting.set(id, resolve)));
  off();
  return { answer, end };
}

test("it says who it is, and describes itself", { skip: sidecar.skip }, async (t) => {
  const { call } = await start(t);
  const who = await call("initialize", { client: { name: "client test" }, protocolVersion: 1 });
  assert.equal(who.simulated, true);
  assert.deepEqual([...who.methods].sort(), openrpc.methods.map((m) => m.name).sort());
  assert.deepEqual([...who.notifications].sort(), openrpc["x-notifications"].map((n) => n.name).sort());
  assert.deepEqual(await call("rpc.discover"), openrpc);
  assert.deepEqual(await call("ping"), {});
});

test("methods that change nothing answer as the schema says", { skip: sidecar.skip }, async (t) => {
  const { call } = await start(t);
  for (const [method, params] of [
    ["cluster.status"], ["cluster.status", { refresh: true }], ["cluster.list"], ["operation.list", { limit: 3 }], ["provider.list"],
    ["skypilot.check"], ["doctor"], ["cluster.preview", { spec: {} }], ["poller.configure", {}], ["config.set", { intervalSeconds: 30 }], ["config.get"],
  ]) {
    await call(method, params);
  }
});

test("what is not the protocol is refused by name", { skip: sidecar.skip }, async (t) => {
  const { call } = await start(t);
  for (const [method, params, field] of [
    ["cluster.stop", { nmae: "x" }, "nmae"],
    ["cluster.launch", { spec: { colour: "red" } }, "colour"],
    ["cluster.launch", { spec: { diskSize: "big" } }, "diskSize"],
    ["operation.get", {}, "id"],
  ]) {
    const error = await rejection(call(method, params));
    assert.ok(error instanceof CarapaceError);
    assert.equal(error.code, ERROR_CODES.invalid_params, method);
    assert.match(error.message, new RegExp(field));
    assert.ok(error.data?.hint, `${method}: a refusal has a hint`);
  }
  assert.deepEqual((await call("cluster.status", { nmae: "x" })).ignored, ["nmae"], "where nothing is spent or deleted");
  assert.equal((await rejection(call("operation.get", { id: "00000000-0000-4000-8000-000000000000" }))).data?.kind, "invalid_params");
  const version = await rejection(call("initialize", { protocolVersion: 99 }));
  assert.equal(version.kind, "protocol_unsupported");
});

test("an unknown method is refused", { skip: sidecar.skip }, async (t) => {
  const { client } = await start(t);
  assert.equal((await rejection(client.call("cluster.explode"))).code, -32601);
});

// What a running server is asked. An answer may be a refusal, but not one of
// another shape (start checks that) or without a hint.
const questions = [
  ["cluster.connection"], ["cluster.cost"], ["cluster.autostop", { idleMinutes: 30, down: true }], ["cluster.autostop", { cancel: true }],
  ["cluster.estimate", { spec: { cloud: "aws" } }], ["provider.check", { cloud: "aws" }], ["provider.regions", { cloud: "aws" }], ["provider.sizes", { cloud: "aws", region: "us-east-2" }], ["cluster.preview", { spec: { vaults: { public: "/nonexistent" } } }],
  ["cluster.logs", { source: "provision", tail: 3 }], ["cluster.logs", { source: "setup" }], ["cluster.logs", { source: "run" }],
  ["simulate.inject", { fault: "no such fault" }], ["simulate.inject", { fault: "stop_refused" }], ["simulate.clear"],
  ["vault.status"], ["vault.watch", { on: false }], ["cluster.list", { refresh: true }], ["operation.list"], ["event.list", { limit: 5 }], ["cluster.forget"],
  ["tunnel.open", { port: 443 }], ["tunnel.open", { port: 0 }], ["tunnel.list"], ["tunnel.close", { id: "none" }],
];

test("whatever a running server is asked, the answer is what the schema says", { skip: sidecar.skip }, async (t) => {
  const host = await start(t);
  const { call } = host;
  await operate(host, "cluster.launch", { spec: { cloud: "aws", autostop: { idleMinutes: 60 } } });
  for (const [method, params] of questions) {
    await call(method, params).catch((error) => {
      assert.ok(error.data?.hint, `${method}: ${error.message}`);
    });
  }
  const { events, cursor } = await call("event.list");
  assert.ok(events.length > 0);
  assert.deepEqual((await call("events.since", { cursor })).events, []);
  assert.ok((await call("events.since", { cursor: events.at(-1).cursor })).events.length > 0);
  assert.equal((await call("events.since", { cursor: "another-1" })).tooOld, true);
  const { operations } = await call("operation.list", { limit: 1 });
  assert.equal((await call("operation.get", { id: operations[0].id })).id, operations[0].id);
  assert.equal((await call("operation.wait", { id: operations[0].id })).id, operations[0].id);
  assert.equal((await operate(host, "cluster.sync")).end.operation.state, "succeeded");

  await call("simulate.outside", { action: "terminate" });
  assert.equal((await call("cluster.status", { refresh: true })).status, "no_server");
  const change = host.notifications.filter((n) => n.name === "cluster.statusChanged").at(-1).value;
  assert.deepEqual([change.source, change.cluster.status], ["external", "no_server"]);
});

test("a launch that is canceled ends once, as canceled", { skip: sidecar.skip }, async (t) => {
  const host = await start(t);
  const ends = [];
  const ended = new Promise((resolve) => host.client.on("operation.finished", (end) => resolve(ends.push(end))));
  const { operation } = await host.call("cluster.launch", { spec: { cloud: "aws" } });
  assert.equal((await host.call("cluster.cancel")).operation.id, operation.id);
  await ended;
  await host.call("cluster.status", { refresh: true });
  assert.deepEqual(ends.map((end) => [end.operation.id, end.operation.state, end.cluster.status]), [[operation.id, "canceled", "no_server"]]);
});

test("a log that is followed is followed until the call is given up", { skip: sidecar.skip }, async (t) => {
  const host = await start(t);
  await operate(host, "cluster.launch", { spec: { cloud: "aws" } });
  const controller = new AbortController();
  const followed = host.client.call("cluster.logs", { source: "provision", follow: true }, { signal: controller.signal, timeoutMs: 0 });
  controller.abort();
  await followed.catch((error) => assert.equal(error.kind, "client_aborted"));
  await host.call("ping");
});

test("a server's whole life", { skip: sidecar.skip }, async (t) => {
  const host = await start(t);
  const { call, notifications } = host;
  assert.equal((await call("cluster.status")).status, "no_server");

  const launch = await operate(host, "cluster.launch", { spec: { cloud: "aws" } });
  assert.equal(launch.answer.cluster.status, "provisioning");
  assert.equal(launch.end.operation.state, "succeeded", launch.end.operation.message);
  assert.equal(launch.end.cluster.status, "running");
  const { id } = launch.end.operation;
  const told = notifications.filter((n) => n.name === "cluster.log" && n.value.operation === id).map((n) => n.value);
  assert.ok(told.length > 0);
  assert.deepEqual((await call("operation.log", { id })).lines, told);
  assert.deepEqual((await call("operation.log", { id, after: told.length - 1 })).lines, told.slice(-1));
  assert.equal((await rejection(call("cluster.launch", { spec: { cloud: "aws" } }))).kind, "cluster_active");

  for (const [method, during, after] of [
    ["cluster.stop", "stopping", "stopped"],
    ["cluster.start", "provisioning", "running"],
    ["cluster.destroy", "destroying", "no_server"],
  ]) {
    const { answer, end } = await operate(host, method);
    assert.equal(answer.cluster.status, during, method);
    assert.equal(end.operation.state, "succeeded", end.operation.message);
    assert.equal(end.cluster.status, after, method);
  }

  const ends = notifications.filter((n) => n.name === "operation.finished").map((n) => n.value.operation.id);
  assert.equal(new Set(ends).size, 4);
  assert.equal(ends.length, 4, "each operation ends once");
  const progress = notifications.filter((n) => n.name === "cluster.progress");
  assert.ok(progress.length > 4);
  const seqs = notifications.filter((n) => n.name === "cluster.statusChanged").map((n) => n.value.seq);
  assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b));
});

test("a call that is given up goes unanswered, and the client goes on", { skip: sidecar.skip }, async (t) => {
  const { client, call } = await start(t);
  const controller = new AbortController();
  const slow = rejection(client.call("cluster.status", { refresh: true }, { signal: controller.signal }));
  controller.abort();
  assert.equal((await slow).kind, "client_aborted");
  await call("ping");
});

test("shutdown answers, then ends with code 0", { skip: sidecar.skip }, async (t) => {
  const { child, client, call } = await start(t);
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  await call("shutdown");
  assert.deepEqual(await ended, { code: 0, signal: null });
  assert.equal((await rejection(client.call("ping"))).kind, "client_closed");
});

// skypilot.install would install it on the machine that runs the tests.
test("every method was called", { skip: sidecar.skip }, () => {
  const missing = openrpc.methods.map((m) => m.name).filter((name) => !called.has(name));
  assert.deepEqual(missing, ["skypilot.install"]);
});
