// A session over the built sidecar, which is killed and frozen in the middle of an operation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession } from "../dist/index.js";
import { nodeSidecar } from "../dist/node.js";
import { makeHome, sidecar } from "./sidecar.mjs";

test("a launch over a killed and a frozen sidecar is one launch, and its end is told", { skip: sidecar.skip, timeout: 120_000 }, async (t) => {
  const home = makeHome(t);
  const session = createSession({
    spawn: nodeSidecar(() => home.start("--simulate")), timing: { firstDelay: 1, heartbeat: 1000 }, onProblem: () => {},
  });
  await session.call("ping");
  const run = session.run("cluster.launch", { spec: { cloud: "aws" } });
  home.children[0].kill("SIGKILL"); // before it has answered
  const launch = await run;
  let frozen;
  for await (const { phase } of launch.progress()) {
    if (phase !== "connecting" || frozen) continue;
    frozen = home.children.at(-1);
    frozen.kill("SIGSTOP");
  }
  assert.equal((await launch.done).state, "succeeded");
  assert.ok(frozen && home.children.at(-1) !== frozen);
  const { operations } = await session.call("operation.list");
  assert.deepEqual(operations.map((o) => o.id), [launch.id]);
  assert.equal(session.snapshot.clusters[0].status, "running");
  await (await session.run("cluster.destroy")).done;
  await session.close();
  assert.deepEqual(home.children.map((child) => child.exitCode ?? child.signalCode), ["SIGKILL", "SIGKILL", 0]);
});

test("a sidecar that refuses to start says why", { skip: sidecar.skip, timeout: 60_000 }, async (t) => {
  const home = makeHome(t);
  const session = createSession({ spawn: nodeSidecar(() => home.start("--nope=1")), timing: { firstDelay: 1, attempts: 2 }, onProblem: () => {} });
  await assert.rejects(session.call("ping"), { kind: "client_closed", message: /exit code 2/, hint: /--nope/ });
  assert.equal(session.snapshot.state, "failed");
  await session.close();
});
