// The adapters, with a process that plays the sidecar and a stand-in for Tauri.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { connectNode, eachLine } from "../.build/node.js";
import { connectTauri } from "../.build/tauri.js";

const peer = fileURLToPath(new URL("peer.mjs", import.meta.url));
const rejection = (promise) => promise.then(() => assert.fail("not rejected"), (error) => error);

function start(...args) {
  const child = spawn(process.execPath, [peer, ...args], { stdio: "pipe" });
  const log = [];
  return { child, log, client: connectNode(child, { onLog: (line) => log.push(line) }) };
}

test("node: calls, notifications and log go through a process", async () => {
  const { child, client, log } = start();
  const notified = new Promise((resolve) => client.on("cluster.log", resolve));
  assert.deepEqual(await client.call("cluster.status", { name: "ä🦀" }), { echo: { name: "ä🦀" } });
  assert.equal((await notified).line, "ä🦀");
  const closed = once(child, "close");
  child.stdin.end();
  await closed;
  assert.deepEqual(log, ["the peer has started"]);
});

test("node: a process that dies rejects what waits", async () => {
  const { client } = start("--die");
  const error = await rejection(client.call("ping"));
  assert.equal(error.kind, "closed");
  assert.match(error.message, /exit code 3|can't be written/);
});

test("node: a program that is not there rejects what waits", async () => {
  const client = connectNode(spawn("/nonexistent/sidecar", [], { stdio: "pipe" }));
  assert.equal((await rejection(client.call("ping"))).kind, "closed");
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
  async spawn() {
    if (this.refuse) throw new Error(this.refuse);
    for (const line of this.early) this.stdout.emit("data", line);
    return { pid: 1, kill: async () => {}, write: async (data) => void this.written.push(data) };
  }
  answer(message) {
    this.stdout.emit("data", JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  }
}

test("tauri: a call goes out as one line and its answer comes back", async () => {
  const command = new FakeCommand();
  const { client, child } = await connectTauri(command);
  assert.equal(child.pid, 1);
  const call = client.call("ping");
  assert.deepEqual(command.written, ['{"jsonrpc":"2.0","id":1,"method":"ping"}\n']);
  command.stdout.emit("data", "\n");
  command.answer({ id: 1, result: { pong: true } });
  assert.deepEqual(await call, { pong: true });
});

test("tauri: output before spawn resolves is heard", async () => {
  const command = new FakeCommand();
  command.early = ["not JSON\n"];
  const problems = [];
  await connectTauri(command, { onProblem: (problem) => problems.push(problem) });
  assert.equal(problems.length, 1);
});

test("tauri: the log and the plugin's errors are told", async () => {
  const command = new FakeCommand();
  const log = [], problems = [];
  await connectTauri(command, { onLog: (line) => log.push(line), onProblem: (problem) => problems.push(problem) });
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
    const { client } = await connectTauri(command);
    const call = rejection(client.call("ping"));
    command.emit("close", end);
    const error = await call;
    assert.equal(error.kind, "closed");
    assert.match(error.message, want);
  });
}

test("tauri: a refused spawn rejects", async () => {
  const command = new FakeCommand();
  command.refuse = "sidecar not configured";
  await assert.rejects(connectTauri(command), /sidecar not configured/);
});
