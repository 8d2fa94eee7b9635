// The adapters, with a process that plays the sidecar and a stand-in for Tauri.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { connect } from "../dist/index.js";
import { eachLine, nodeSidecar } from "../dist/node.js";
import { tauriSidecar } from "../dist/tauri.js";

const peer = fileURLToPath(new URL("peer.mjs", import.meta.url));
const rejection = (promise) => promise.then(() => assert.fail("not rejected"), (error) => error);

async function start(...args) {
  const child = spawn(process.execPath, [peer, ...args], { stdio: "pipe" });
  const log = [];
  const { client, sidecar } = await connect(nodeSidecar(() => child), { onLog: (line) => log.push(line) });
  return { child, log, client, sidecar };
}

test("node: calls, notifications and log go through a process", async () => {
  const { child, client, log } = await start();
  const notified = new Promise((resolve) => client.on("cluster.log", resolve));
  assert.deepEqual(await client.call("cluster.status", { name: "ä🦀" }), { echo: { name: "ä🦀" } });
  assert.equal((await notified).line, "ä🦀");
  const closed = once(child, "close");
  child.stdin.end();
  await closed;
  assert.deepEqual(log, ["the peer has started"]);
});

test("node: a process that dies rejects what waits", async () => {
  const { client } = await start("--die");
  const error = await rejection(client.call("ping"));
  assert.equal(error.kind, "client_closed");
  assert.match(error.message, /exit code 3|can't be written/);
  const ended = await new Promise((resolve) => client.onClosed(resolve));
  assert.deepEqual(ended.log, ["the peer has started"]);
  assert.match(ended.hint, /the peer has started/);
});

test("node: kill ends the process", async () => {
  const { client, sidecar } = await start();
  const ended = new Promise((resolve) => client.onClosed(resolve));
  sidecar.kill();
  assert.match((await ended).message, /SIGKILL/);
  sidecar.kill();
});

test("node: a program that is not there rejects what waits", async () => {
  const { client } = await connect(nodeSidecar(() => spawn("/nonexistent/sidecar", [], { stdio: "pipe" })));
  assert.equal((await rejection(client.call("ping"))).kind, "client_closed");
  assert.match((await new Promise((resolve) => client.onClosed(resolve))).message, /ENOENT/);
});

function lines(...chunks) {
  const output = Object.assign(new EventEmitter(), { setEncoding() {} });
  const got = [];
  eachLine(output, (line) => got.push(line));
  for (const chunk of chunks) output.emit("data", chunk);
  return got;
}

for (const [what, chunks, want] of [
  ["one line", ["a\n"], ["a"]],
  ["two lines in a chunk", ["a\nb\n"], ["a", "b"]],
  ["a line in three chunks", ["a", "b", "c\n"], ["abc"]],
  ["a newline by itself", ["a", "\n"], ["a"]],
  ["a blank line", ["a\n\nb\n"], ["a", "", "b"]],
  ["a line that has not ended", ["a\nb"], ["a"]],
  ["an end and a beginning in a chunk", ["a", "b\nc", "d\n"], ["ab", "cd"]],
]) {
  test(`node: ${what}`, () => assert.deepEqual(lines(...chunks), want));
}

// FakeCommand behaves as the shell plugin does: a line for each event, its newline
// kept, blank lines too, and output that may come before spawn() resolves.
class FakeCommand extends EventEmitter {
  stdout = new EventEmitter();
  stderr = new EventEmitter();
  written = [];
  early = [];
  killed = 0;
  async spawn() {
    if (this.refuse) throw new Error(this.refuse);
    for (const line of this.early) this.stdout.emit("data", line);
    return { pid: 7, kill: async () => void this.killed++, write: async (data) => void this.written.push(data) };
  }
  answer(message) {
    this.stdout.emit("data", JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  }
}

test("tauri: a call goes out as one line and its answer comes back", async () => {
  const command = new FakeCommand();
  const { client, sidecar } = await connect(tauriSidecar(() => command));
  const call = client.call("ping");
  assert.deepEqual(command.written, ['{"jsonrpc":"2.0","id":1,"method":"ping"}\n']);
  command.stdout.emit("data", "\n");
  command.answer({ id: 1, result: { pong: true } });
  assert.deepEqual(await call, { pong: true });
  await sidecar.kill();
  assert.equal(command.killed, 1);
});

// A page that is reloaded loses the handle of its sidecar, which lives on.
test("tauri: what a reload left behind is ended before the next is started", async () => {
  const kept = new Map();
  const memory = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const ended = [];
  const options = { memory, child: (pid) => ({ kill: async () => { ended.push(pid); throw new Error("it has ended"); } }) };
  for (let page = 0; page < 2; page++) await connect(tauriSidecar(() => new FakeCommand(), options));
  assert.deepEqual(ended, [7]);
});

test("tauri: output before spawn resolves is heard", async () => {
  const command = new FakeCommand();
  command.early = ["not JSON\n"];
  const problems = [];
  await connect(tauriSidecar(() => command), { onProblem: (problem) => problems.push(problem) });
  assert.equal(problems.length, 1);
});

test("tauri: the log and the plugin's errors are told", async () => {
  const command = new FakeCommand();
  const log = [], problems = [];
  await connect(tauriSidecar(() => command), { onLog: (line) => log.push(line), onProblem: (problem) => problems.push(problem) });
  command.stderr.emit("data", "level=INFO msg=hello\n");
  command.emit("error", "invalid utf-8 sequence");
  assert.deepEqual(log, ["level=INFO msg=hello"]);
  assert.match(problems[0], /invalid utf-8/);
});

for (const [end, want] of [
  [{ code: 0, signal: null }, /exit code 0/],
  [{ code: null, signal: 9 }, /signal 9/],
]) {
  test(`tauri: close with ${JSON.stringify(end)} rejects what waits`, async () => {
    const command = new FakeCommand();
    const { client } = await connect(tauriSidecar(() => command));
    const call = rejection(client.call("ping"));
    command.emit("close", end);
    const error = await call;
    assert.equal(error.kind, "client_closed");
    assert.match(error.message, want);
  });
}

test("tauri: a refused spawn rejects", async () => {
  const command = new FakeCommand();
  command.refuse = "sidecar not configured";
  await assert.rejects(connect(tauriSidecar(() => command)), { kind: "client_closed", message: /sidecar not configured/ });
});
