// The built sidecar through vscode-jsonrpc, a client that knows nothing of it. Its
// own transport has headers; a line reader and a line writer take their place.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { test } from "node:test";
import rpc from "vscode-jsonrpc/node";
import { sidecar, startSidecar } from "./sidecar.mjs";

class LineReader extends rpc.AbstractMessageReader {
  constructor(input) {
    super();
    this.lines = createInterface({ input, crlfDelay: Infinity });
    this.lines.on("close", () => this.fireClose());
  }
  listen(callback) {
    this.lines.on("line", (line) => line.trim() && callback(JSON.parse(line)));
    return { dispose: () => this.lines.close() };
  }
}

class LineWriter extends rpc.AbstractMessageWriter {
  constructor(output) {
    super();
    this.output = output;
  }
  write(message) {
    return new Promise((resolve, reject) => {
      this.output.write(JSON.stringify(message) + "\n", (error) => (error ? reject(error) : resolve()));
    });
  }
  end() {
    this.output.end();
  }
}

function connect(t) {
  const child = startSidecar(t, "--simulate");
  const connection = rpc.createMessageConnection(new LineReader(child.stdout), new LineWriter(child.stdin));
  connection.listen();
  t.after(() => connection.dispose());
  return { child, connection };
}

test("vscode-jsonrpc: requests, in any number", { skip: sidecar.skip }, async (t) => {
  const { connection } = connect(t);
  assert.deepEqual(await connection.sendRequest("ping"), {});
  assert.equal((await connection.sendRequest("cluster.status", {})).status, "no_server");
  const pings = await Promise.all(Array.from({ length: 1000 }, () => connection.sendRequest("ping")));
  assert.equal(pings.length, 1000);
});

test("vscode-jsonrpc: an error has its code and data", { skip: sidecar.skip }, async (t) => {
  const { connection } = connect(t);
  await assert.rejects(connection.sendRequest("cluster.launch", { spec: { nmae: "x" } }), (error) => {
    assert.ok(error instanceof rpc.ResponseError);
    assert.equal(error.code, rpc.ErrorCodes.InvalidParams);
    assert.equal(error.data.kind, "invalid_params");
    return true;
  });
  await assert.rejects(connection.sendRequest("no.such.method"), { code: rpc.ErrorCodes.MethodNotFound });
});

test("vscode-jsonrpc: a launch with its notifications", { skip: sidecar.skip }, async (t) => {
  const { connection } = connect(t);
  const phases = [];
  connection.onNotification("cluster.progress", (progress) => phases.push(progress.phase));
  const finished = new Promise((resolve) => connection.onNotification("operation.finished", resolve));
  const { operation } = await connection.sendRequest("cluster.launch", { spec: { cloud: "aws" } });
  const end = await finished;
  assert.equal(end.operation.id, operation.id);
  assert.equal(end.operation.state, "succeeded", end.operation.message);
  assert.ok(phases.includes("provisioning"), phases.join());
});

// vscode-jsonrpc sends $/cancelRequest by itself when a token is canceled; the
// answer is an error or, if it was faster, the result.
test("vscode-jsonrpc: its cancellation is understood", { skip: sidecar.skip }, async (t) => {
  const { connection } = connect(t);
  const source = new rpc.CancellationTokenSource();
  const slow = connection.sendRequest("cluster.status", { refresh: true }, source.token).then(
    () => "answered",
    (error) => error.data?.kind,
  );
  source.cancel();
  assert.ok(["answered", "canceled"].includes(await slow));
  assert.deepEqual(await connection.sendRequest("ping"), {});
});

test("vscode-jsonrpc: the end of stdin closes the connection", { skip: sidecar.skip }, async (t) => {
  const { child, connection } = connect(t);
  await connection.sendRequest("ping");
  const closed = new Promise((resolve) => connection.onClose(resolve));
  const code = new Promise((resolve) => child.on("close", resolve));
  child.stdin.end();
  await closed;
  assert.equal(await code, 0);
});
