// A session, over processes of arrays and over time that the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OperationError } from "../dist/index.js";
import { cluster, fakeSession, operation, Refusal, rejection, settle } from "./fake.mjs";

const finished = (id, state = "succeeded", more = {}) =>
  ({ method: "operation.finished", params: { operation: operation(id, state, more), cluster: cluster("node") } });
const progress = (id, message, more = {}) => ({ operation: id, cluster: "node", phase: "setup", message, elapsedSeconds: 1, ...more });

async function all(iterator) {
  const messages = [];
  for await (const { message } of iterator) messages.push(message);
  return messages;
}

test("a session starts, says who it is, and knows what there is", async (t) => {
  const fake = fakeSession(t, { client: { name: "app" } });
  Object.assign(fake.world, { clusters: [cluster("b"), cluster("a")], operations: [operation("1", "succeeded")] });
  assert.equal(fake.session.snapshot.state, "starting");
  await settle();
  const { state, clusters, operations, sidecar, error } = fake.session.snapshot;
  assert.deepEqual([state, clusters.map((c) => c.name), operations.map((o) => o.id), sidecar.version, error], ["ready", ["a", "b"], ["1"], "1", undefined]);
  assert.deepEqual(fake.process.asked("initialize")[0].params, { protocolVersion: 1, client: { name: "app" } });
});

test("calls wait until the sidecar is ready, and go out in order", async (t) => {
  const fake = fakeSession(t);
  const calls = [fake.session.call("ping"), fake.session.call("doctor"), fake.session.call("ping")];
  await settle();
  assert.deepEqual(fake.process.sent.slice(-3).map((m) => m.method), ["ping", "doctor", "ping"]);
  fake.process.answer(fake.process.asked("doctor")[0].id, { ok: true });
  assert.deepEqual(await Promise.all(calls), [{}, { ok: true }, {}]);
});

test("a call that waits for the sidecar can be given up", async (t) => {
  const fake = fakeSession(t, { timeoutMs: 100 });
  fake.world.frozen = true;
  const controller = new AbortController();
  const calls = [rejection(fake.session.call("ping")), rejection(fake.session.call("ping", {}, { signal: controller.signal, timeoutMs: 0 }))];
  controller.abort();
  await fake.pass(100);
  assert.deepEqual((await Promise.all(calls)).map((error) => error.kind), ["client_timeout", "client_aborted"]);
  assert.equal((await rejection(fake.session.call("ping", {}, { signal: controller.signal }))).kind, "client_aborted");
  assert.equal(fake.process.asked("ping").length, 0);
});

test("a change is told once, and only a change makes a new snapshot", async (t) => {
  const fake = fakeSession(t);
  await settle();
  const seen = [];
  fake.session.onChange(() => { throw new Error("of the app"); });
  const off = fake.session.onChange((snapshot) => seen.push(snapshot.clusters.map((c) => c.status).join()));
  const before = fake.session.snapshot;
  assert.equal(fake.session.snapshot, before);
  fake.process.tell("cluster.statusChanged", { cluster: cluster("node", "provisioning") });
  fake.process.tell("cluster.statusChanged", { cluster: cluster("node", "a status from the future") });
  fake.process.tell("cluster.fromTheFuture", { x: 1 });
  assert.deepEqual(seen, ["provisioning", "a status from the future"]);
  assert.equal(fake.session.snapshot.sidecar, before.sidecar);
  off();
  fake.process.tell("cluster.statusChanged", { cluster: cluster("node", "running") });
  assert.equal(seen.length, 2);
  assert.match(fake.problems[0], /of the app/);
});

test("what was told during the handshake is newer than the list", async (t) => {
  const fake = fakeSession(t);
  fake.world.answers["cluster.list"] = (_, process) => {
    process.tell("cluster.statusChanged", { cluster: cluster("a", "stopped") });
    return { clusters: [cluster("a", "running"), cluster("b", "running")] };
  };
  await settle();
  assert.deepEqual(fake.session.snapshot.clusters.map((c) => `${c.name} ${c.status}`), ["a stopped", "b running"]);
});

test("no server is shown by itself alone", async (t) => {
  const fake = fakeSession(t);
  const shown = () => fake.session.snapshot.clusters.map((c) => `${c.name} ${c.status}`);
  await settle();
  assert.deepEqual(shown(), ["node no_server"]);
  fake.process.tell("cluster.statusChanged", { cluster: cluster("other", "running") });
  assert.deepEqual(shown(), ["other running"]);
  fake.process.tell("cluster.statusChanged", { cluster: cluster("other", "no_server") });
  assert.deepEqual(shown(), ["other no_server"]);
});

// ---- operations ----

// run begins an operation and returns the id of its request.
async function begin(fake, method = "cluster.launch", params) {
  await settle();
  const run = fake.session.run(method, params);
  await settle();
  return { run, request: fake.process.asked(method).at(-1) };
}

test("an end that comes with the answer is not missed", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.print({ id: request.id, result: { operation: operation("1"), cluster: cluster("node") } }, finished("1"));
  const op = await run;
  assert.equal((await op.done).state, "succeeded");
  assert.deepEqual(await all(op.progress()), []);
  assert.equal(op.current.state, "succeeded");
});

test("an end that comes before the answer is not missed", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.print(finished("1"), { id: request.id, result: { operation: operation("1"), cluster: cluster("node") } });
  assert.equal((await (await run).done).state, "succeeded");
});

test("an operation that has ended when it is answered is done: a dry run", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake, "cluster.launch", { dryRun: true });
  fake.process.answer(request.id, { operation: operation("1", "succeeded"), cluster: cluster("node") });
  assert.equal((await (await run).done).id, "1");
});

test("progress begins with the last there was, and ends with the operation", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  const early = all(op.progress());
  fake.process.tell("cluster.progress", progress("1", "a"));
  fake.process.tell("cluster.progress", progress("2", "of another"));
  await settle();
  const late = all(op.progress());
  fake.process.tell("cluster.progress", progress("1", "b"));
  assert.equal(fake.session.snapshot.progress["1"].message, "b");
  fake.process.print(finished("1"));
  fake.process.tell("cluster.progress", progress("1", "after its end"));
  assert.deepEqual(await early, ["a", "b"]);
  assert.deepEqual(await late, ["a", "b"]);
  assert.equal("1" in fake.session.snapshot.progress, false);
});

test("who leaves the progress early waits for the end all the same", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  const left = (async () => {
    for await (const { message } of op.progress()) return message;
  })();
  fake.process.tell("cluster.progress", progress("1", "a"));
  assert.equal(await left, "a");
  fake.process.print(finished("1"));
  await op.done;
});

for (const state of ["failed", "canceled"]) {
  test(`an operation that ${state} rejects with its error`, async (t) => {
    const fake = fakeSession(t);
    const { run, request } = await begin(fake);
    fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
    const op = await run;
    fake.process.print(finished("1", state, { error: { kind: "a_new_kind", message: "It went wrong.", hint: "Mend it.", retryable: false } }));
    const error = await rejection(op.done);
    assert.ok(error instanceof OperationError);
    assert.deepEqual([error.kind, error.message, error.hint, error.operation.state], ["a_new_kind", "It went wrong.", "Mend it.", state]);
  });
}

test("a refused operation rejects run", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, new Refusal(-32011, "cluster_active", "There is one."));
  assert.equal((await rejection(run)).kind, "cluster_active");
});

test("an operation that was begun elsewhere is followed", async (t) => {
  const fake = fakeSession(t);
  fake.world.operations = [operation("1")];
  await settle();
  const op = await fake.session.operation("1");
  assert.equal(await fake.session.operation("1"), op);
  fake.process.print(finished("1"));
  await op.done;
  assert.equal((await rejection(fake.session.operation("2"))).kind, "invalid_params");
});

test("an old picture of an operation does not begin it again", async (t) => {
  const fake = fakeSession(t);
  await settle();
  fake.process.print(finished("1"));
  fake.process.tell("cluster.statusChanged", { cluster: cluster("node", "running", { operation: operation("1") }) });
  assert.equal(fake.session.snapshot.operations[0].state, "succeeded");
});

test("of the operations that have ended the last hundred are kept", async (t) => {
  const fake = fakeSession(t);
  await settle();
  fake.process.tell("cluster.statusChanged", { cluster: cluster("node", "running", { operation: operation("long", "running") }) });
  for (let i = 0; i < 150; i++) fake.process.print(finished(`${i}`, "succeeded", { startedAt: new Date(1e12 + i).toISOString() }));
  const ids = fake.session.snapshot.operations.map((o) => o.id);
  assert.deepEqual([ids.length, ids.includes("long"), ids.includes("149"), ids.includes("49")], [101, true, true, false]);
});

// ---- processes that end ----

test("what is known and who listens outlives the process", async (t) => {
  const fake = fakeSession(t);
  const lines = [];
  fake.session.on("cluster.log", ({ line }) => lines.push(line));
  fake.world.clusters = [cluster("node", "running")];
  await settle();
  fake.process.tell("cluster.log", { line: "first" });
  fake.process.events.log("panic: its last words\n");
  fake.process.end();
  await settle();
  const { state, error, clusters } = fake.session.snapshot;
  assert.deepEqual([state, error.kind, error.log, clusters.length], ["restarting", "client_closed", ["panic: its last words"], 1]);
  assert.match(error.hint, /its last words/);
  fake.world.clusters = [cluster("node", "stopped")];
  await fake.pass(250);
  assert.equal(fake.world.processes.length, 2);
  fake.process.tell("cluster.log", { line: "second" });
  assert.deepEqual(lines, ["first", "second"]);
  assert.deepEqual([fake.session.snapshot.state, fake.session.snapshot.error, fake.session.snapshot.clusters[0].status], ["ready", undefined, "stopped"]);
});

test("an operation that ended while no process was there is told by the next", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  const told = all(op.progress());
  fake.process.end();
  fake.world.operations = [operation("1", "succeeded")];
  await settle();
  await fake.pass(250);
  assert.equal((await op.done).state, "succeeded");
  assert.deepEqual(await told, []);
});

test("an operation that goes on is followed with the next process", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  const told = all(op.progress());
  fake.process.tell("cluster.progress", progress("1", "a"));
  fake.process.end();
  fake.world.operations = [operation("1")];
  await settle();
  await fake.pass(250);
  fake.process.tell("cluster.progress", progress("1", "b"));
  fake.process.print(finished("1"));
  await op.done;
  assert.deepEqual(await told, ["a", "b"]);
});

test("an operation that the next process does not know is given up", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  fake.process.end();
  await settle();
  await fake.pass(250);
  assert.equal((await rejection(op.done)).kind, "invalid_params");
});

// Nobody knows whether a request was carried out whose process died. With the same
// requestId it can be asked again.
test("an operation whose process died before it answered is asked for again with its id", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake, "cluster.launch", { spec: { cloud: "aws" } });
  const call = rejection(fake.session.call("doctor"));
  fake.process.end();
  await settle();
  assert.equal((await call).kind, "client_closed");
  await fake.pass(250);
  const again = fake.process.asked("cluster.launch");
  assert.equal(again.length, 1);
  assert.ok(again[0].params.requestId);
  assert.deepEqual(again[0].params, request.params);
  fake.process.print({ id: again[0].id, result: { operation: operation("1"), cluster: cluster("node") } }, finished("1"));
  await (await run).done;
});

test("what has no requestId is not asked for again", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake, "skypilot.install");
  assert.equal(request.params, undefined);
  fake.process.end();
  assert.equal((await rejection(run)).kind, "client_closed");
});

test("the next process comes later each time, until it is given up", async (t) => {
  const fake = fakeSession(t);
  fake.world.answers.initialize = (_, process) => {
    process.events.log("unknown flag: --nope");
    process.end("The sidecar has ended (exit code 2).");
  };
  const call = rejection(fake.session.call("ping"));
  const waited = [];
  for (let n = 1; n < 6; n++) {
    await settle();
    assert.equal(fake.world.processes.length, n);
    let ms = 0;
    for (; fake.world.processes.length === n; ms += 50) await fake.pass(50);
    waited.push(ms);
  }
  assert.deepEqual(waited, [250, 500, 1000, 2000, 4000]);
  await fake.pass(60_000);
  assert.equal(fake.world.processes.length, 6);
  assert.equal(fake.session.snapshot.state, "failed");
  for (const error of [await call, await rejection(fake.session.call("ping")), fake.session.snapshot.error]) {
    assert.match(error.message, /exit code 2/);
    assert.match(error.hint, /--nope/);
  }
  delete fake.world.answers.initialize;
  fake.world.answers.initialize = () => ({ version: "2" });
  fake.session.restart();
  assert.deepEqual(await fake.session.call("ping"), {});
  fake.session.restart();
  assert.equal(fake.world.processes.length, 7);
});

test("a process that served for a while begins the count anew", async (t) => {
  const fake = fakeSession(t);
  for (let n = 0; n < 10; n++) {
    await settle();
    for (let ms = 0; ms < 30_000; ms += 1000) await fake.pass(1000);
    fake.process.end();
    await settle();
    await fake.pass(250);
  }
  assert.deepEqual([fake.session.snapshot.state, fake.world.processes.length], ["ready", 11]);
});

test("a sidecar that can't be started is tried again, and said why", async (t) => {
  const fake = fakeSession(t);
  await settle();
  fake.process.end();
  fake.world.spawn = () => { throw new Error("not configured under externalBin"); };
  await settle();
  await fake.pass(250);
  assert.deepEqual([fake.session.snapshot.state, fake.session.snapshot.error.kind], ["restarting", "client_closed"]);
  assert.match(fake.session.snapshot.error.message, /externalBin/);
  delete fake.world.spawn;
  await fake.pass(500);
  assert.equal(fake.session.snapshot.state, "ready");
});

test("a sidecar of another protocol is not tried again", async (t) => {
  const fake = fakeSession(t);
  fake.world.answers.initialize = () => new Refusal(-32002, "protocol_unsupported", "This sidecar speaks version 2.");
  await settle();
  assert.deepEqual([fake.session.snapshot.state, fake.session.snapshot.error.kind], ["failed", "protocol_unsupported"]);
  assert.equal(fake.process.killed, 1);
});

test("a process that does not answer the handshake is ended", async (t) => {
  const fake = fakeSession(t);
  fake.world.frozen = true;
  await settle();
  await fake.pass(15_000);
  assert.deepEqual([fake.process.killed, fake.session.snapshot.error.kind], [1, "client_timeout"]);
});

test("a process that freezes is ended and started again", async (t) => {
  const fake = fakeSession(t);
  await settle();
  const frozen = fake.process;
  fake.world.frozen = true;
  const call = rejection(fake.session.call("doctor"));
  for (let n = 0; n < 4; n++) {
    assert.equal(frozen.killed, 0);
    await fake.pass(5000);
  }
  await fake.pass(5000);
  assert.equal(frozen.killed, 1);
  assert.equal(frozen.asked("ping").length, 1, "what is not read must not pile up");
  assert.equal((await call).kind, "client_frozen");
  assert.equal(fake.session.snapshot.error.kind, "client_frozen");
  fake.world.frozen = false;
  await fake.pass(250);
  frozen.tell("cluster.statusChanged", { cluster: cluster("node", "from the dead") });
  assert.deepEqual([fake.session.snapshot.state, fake.session.snapshot.clusters[0].status], ["ready", "no_server"]);
});

test("a process that is silent but answers lives on", async (t) => {
  const fake = fakeSession(t);
  await settle();
  for (let n = 0; n < 100; n++) await fake.pass(5000);
  assert.equal(fake.world.processes.length, 1);
  assert.ok(fake.process.asked("ping").length > 10);
});

// A write to a process that has died fails before its end is told. Asking the same process
// again at once would go on for ever.
test("an operation that can't be written waits for the next process", async (t) => {
  const fake = fakeSession(t);
  await settle();
  const dead = fake.process;
  let writes = 0;
  dead.write = () => {
    if (++writes > 5) dead.end();
    throw new Error("EPIPE");
  };
  const run = fake.session.run("cluster.stop");
  await settle();
  assert.equal(writes, 1);
  dead.end();
  await settle();
  await fake.pass(250);
  fake.process.answer(fake.process.asked("cluster.stop")[0].id, { operation: operation("1"), cluster: cluster("node") });
  assert.equal((await run).id, "1");
});

// ---- the end of the session ----

test("close asks the sidecar to end, and waits for it", async (t) => {
  const fake = fakeSession(t);
  const { run, request } = await begin(fake);
  fake.process.answer(request.id, { operation: operation("1"), cluster: cluster("node") });
  const op = await run;
  const told = all(op.progress());
  await Promise.all([fake.session.close(), fake.session.close()]);
  assert.deepEqual([fake.process.asked("shutdown").length, fake.process.killed, fake.process.ended], [1, 0, true]);
  assert.equal(fake.session.snapshot.state, "closed");
  assert.equal((await rejection(op.done)).kind, "client_closed");
  assert.deepEqual(await told, []);
  assert.equal((await rejection(fake.session.call("ping"))).kind, "client_closed");
  assert.equal((await rejection(fake.session.run("cluster.stop"))).kind, "client_closed");
  fake.session.restart();
  await fake.pass(60_000);
  assert.equal(fake.world.processes.length, 1);
});

test("close kills what does not end", async (t) => {
  const fake = fakeSession(t);
  await settle();
  fake.world.frozen = true;
  const closed = fake.session.close();
  await settle();
  await fake.pass(4999);
  assert.equal(fake.process.killed, 0);
  await fake.pass(1);
  await closed;
  assert.equal(fake.process.killed, 1);
});

test("close during the pause before a restart starts nothing more", async (t) => {
  const fake = fakeSession(t);
  await settle();
  fake.process.end();
  await settle();
  const call = rejection(fake.session.call("ping"));
  await fake.session.close();
  assert.equal((await call).kind, "client_closed");
  await fake.pass(60_000);
  assert.equal(fake.world.processes.length, 1);
});

test("close while the sidecar is being started leaves no process", async (t) => {
  let started;
  const fake = fakeSession(t);
  await settle();
  fake.process.end();
  fake.world.spawn = (events) => new Promise((resolve) => (started = () => {
    const process = new fake.Process(fake.world, events);
    fake.world.processes.push(process);
    resolve(process);
  }));
  await settle();
  await fake.pass(250);
  const closed = fake.session.close();
  await settle();
  started();
  await closed;
  assert.deepEqual([fake.process.killed, fake.session.snapshot.state], [1, "closed"]);
});

// ---- logs ----

const line = (subscription, text, more = {}) => ({ subscription, line: text, source: "run", cluster: "node", stream: "stdout", ...more });

test("two that follow a log get their own lines", async (t) => {
  const fake = fakeSession(t);
  await settle();
  const got = { a: [], b: [] };
  const followed = Object.keys(got).map((name) => fake.session.follow({ source: "run" }, (l) => got[name].push(l.line)));
  await settle();
  const requests = fake.process.asked("cluster.logs");
  assert.deepEqual(requests.map((r) => r.params.follow), [true, true]);
  const [a, b] = requests.map((r) => r.params.subscription);
  fake.process.tell("cluster.log", line(a, "1"));
  fake.process.tell("cluster.log", line(b, "2"));
  fake.process.tell("cluster.log", line(undefined, "of an operation"));
  followed[0].stop();
  await followed[0].done;
  fake.process.tell("cluster.log", line(a, "3"));
  fake.process.answer(requests[1].id, { lines: [] });
  await followed[1].done;
  assert.deepEqual(got, { a: ["1"], b: ["2"] });
  assert.equal(fake.process.asked("$/cancelRequest")[0].params.id, requests[0].id);
});

for (const [what, second, want] of [
  ["goes on after the lines that were told", ["1", "2", "3"], ["1", "2", "3"]],
  ["that is another log is told from its beginning", ["x", "2"], ["1", "2", "x", "2"]],
]) {
  test(`a log after a restart ${what}`, async (t) => {
    const fake = fakeSession(t);
    await settle();
    const got = [];
    fake.session.follow({ source: "run" }, (l) => got.push(l.line));
    await settle();
    const tell = (lines) => {
      const { subscription } = fake.process.asked("cluster.logs")[0].params;
      for (const text of lines) fake.process.tell("cluster.log", line(subscription, text));
    };
    tell(["1", "2"]);
    fake.process.end();
    await settle();
    await fake.pass(250);
    tell(second);
    assert.deepEqual(got, want);
  });
}

test("a log that can't be read rejects", async (t) => {
  const fake = fakeSession(t);
  fake.world.answers["cluster.logs"] = () => new Refusal(-32012, "cluster_not_found", "There is none.");
  const { done } = fake.session.follow({ source: "run" }, () => {});
  assert.equal((await rejection(done)).kind, "cluster_not_found");
});

const numbered = (operation, seq, more = {}) => ({ operation, cluster: "node", source: "setup", stream: "stdout", line: String(seq), seq, ...more });

/** A session whose sidecars keep `kept` of the log of "a" and answer with two lines at a time. */
function sessionWithLog(t, kept) {
  const fake = fakeSession(t);
  fake.world.answers["operation.log"] = ({ id, after }) => {
    const lines = kept.filter((l) => l.operation === id && l.seq > after);
    return { lines: lines.slice(0, 2), ...(lines.length > 2 ? { more: true } : {}) };
  };
  return fake;
}

test("an operation's log is what is kept, and what comes", async (t) => {
  const kept = [1, 2, 3, 4, 5].map((seq) => numbered("a", seq));
  const fake = sessionWithLog(t, kept);
  await settle();
  const got = [];
  const log = fake.session.operationLog("a", (l) => got.push(l.line));
  await log.read;
  assert.deepEqual(got, ["1", "2", "3", "4", "5"]);
  fake.process.tell("cluster.log", numbered("a", 6));
  fake.process.tell("cluster.log", numbered("b", 7)); // of another operation
  fake.process.tell("cluster.log", line("followed", "of another log"));
  fake.process.tell("cluster.log", numbered("a", 5)); // told from the beginning by who goes on with the operation
  fake.process.tell("cluster.log", numbered("a", undefined, { line: "not kept" }));
  assert.deepEqual(got.slice(5), ["6", "not kept"]);
  kept.push(numbered("a", 7), numbered("a", 8), numbered("a", 9));
  fake.process.tell("cluster.log", numbered("a", 9)); // the host was slow: two were dropped
  await settle();
  assert.deepEqual(got.slice(7), ["7", "8", "9"]);
  log.stop();
  fake.process.tell("cluster.log", numbered("a", 10));
  await settle();
  assert.equal(got.length, 10);
});

test("an operation's log over a restart of the sidecar", async (t) => {
  const kept = [numbered("a", 1)];
  const fake = sessionWithLog(t, kept);
  await settle();
  const got = [];
  const log = fake.session.operationLog("a", (l) => got.push(l.line));
  await log.read;
  fake.process.end();
  kept.push(numbered("a", 2), numbered("a", 3), numbered("a", 4)); // another sidecar drives it
  await settle();
  await fake.pass(250);
  await settle();
  assert.deepEqual(got, ["1", "2", "3", "4"]);
});

test("the log of an operation that nobody knows rejects", async (t) => {
  const fake = fakeSession(t);
  fake.world.answers["operation.log"] = () => new Refusal(-32602, "invalid_params", "There is no such operation.");
  assert.equal((await rejection(fake.session.operationLog("a", () => {}).read)).kind, "invalid_params");
});
