// Sidecars of a few arrays: each process answers the handshake from what it is told
// to know, and everything else when the test says so.
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { createSession } from "../dist/index.js";

export const rejection = (promise) => promise.then(() => assert.fail("not rejected"), (error) => error);

/** Lets everything that is ready run. */
export async function settle() {
  for (let i = 0; i < 5; i++) await turn();
}

export const cluster = (name, status = "running", more = {}) => ({ name, status, description: `${name} is ${status}`, ...more });

export const operation = (id, state = "running", more = {}) => ({
  id, kind: "launch", cluster: "node", state, phase: "checking", message: `${id} is ${state}`, startedAt: "2026-01-01T00:00:00Z", elapsedSeconds: 1,
  ...(state === "running" ? {} : { endedAt: "2026-01-01T00:01:00Z" }),
  ...more,
});

class Process {
  sent = [];
  killed = 0;

  constructor(world, events) {
    Object.assign(this, { world, events });
  }

  write(line) {
    const message = JSON.parse(line);
    this.sent.push(message);
    if (this.world.frozen) return;
    const answer = this.world.answers[message.method]?.(message.params, this);
    if (answer !== undefined) this.answer(message.id, answer);
  }

  kill() {
    this.killed++;
    this.end("The sidecar has ended (SIGKILL).");
  }

  /** Prints lines in one turn, as one chunk of output would bring them. */
  print(...messages) {
    for (const message of messages) this.events.line(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  }

  answer(id, result) {
    this.print(result instanceof Refusal ? { id, error: result.error } : { id, result });
  }

  tell(method, params) {
    this.print({ method, params });
  }

  end(how = "The sidecar has ended (exit code 1).") {
    if (this.ended) return;
    this.ended = true;
    this.events.ended(how);
  }

  /** The messages with that method. */
  asked(method) {
    return this.sent.filter((message) => message.method === method);
  }
}

/** An error for an answer. */
export class Refusal {
  constructor(code, kind, message) {
    this.error = { code, message, data: { kind, message, retryable: false } };
  }
}

/** Starts a session over fake processes. Time stands still unless the test moves it. */
export function fakeSession(t, options = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const world = { clusters: [], operations: [], processes: [], frozen: false };
  world.answers = {
    initialize: () => ({ name: "sidecar", version: "1", protocolVersion: 1, methods: [], notifications: [] }),
    "cluster.list": () => ({ clusters: world.clusters }),
    "cluster.status": () => cluster("node", "no_server"),
    "operation.list": () => ({ operations: world.operations }),
    "operation.get": ({ id }) => world.operations.find((one) => one.id === id) ?? new Refusal(-32602, "invalid_params", "no such operation"),
    ping: () => ({}),
    shutdown: (_, process) => void queueMicrotask(() => process.end("The sidecar has ended (exit code 0).")),
  };
  const problems = [];
  const session = createSession({
    spawn: (events) => {
      if (world.spawn) return world.spawn(events);
      const process = new Process(world, events);
      world.processes.push(process);
      return process;
    },
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  return {
    session, world, problems,
    /** The process that was started last. */
    get process() { return world.processes.at(-1); },
    Process,
    /** Moves time on, and lets what that sets off run. */
    async pass(ms) {
      t.mock.timers.tick(ms);
      await settle();
    },
  };
}
