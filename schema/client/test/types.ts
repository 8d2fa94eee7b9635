// Checked by tsc alone: what the types accept and what they refuse.
import { spawn } from "node:child_process";
import { Child, Command } from "@tauri-apps/plugin-shell";
import { Client, CarapaceError, createSession, type Cluster, type Kind, type Operation } from "carapace-client";
import { nodeSidecar } from "carapace-client/node";
import { tauriSidecar } from "carapace-client/tauri";

declare const client: Client;

// The real libraries fit the structural types of the adapters.
createSession({ spawn: nodeSidecar(() => spawn("sidecar", [], { stdio: ["pipe", "pipe", "pipe"] })) });
const session = createSession({
  spawn: tauriSidecar(() => Command.sidecar("binaries/carapace-sidecar"), { child: (pid) => new Child(pid) }),
});

// An operation is begun by the methods that begin one.
void session.run("cluster.stop").then(async (stop) => {
  for await (const { percent } of stop.progress()) void (percent satisfies number | undefined);
  const end: Operation = await stop.done;
  return end;
});
// @ts-expect-error it begins no operation
void session.run("cluster.status");
// @ts-expect-error params are those of the method
void session.run("cluster.stop", { purge: true });
session.follow({ source: "run" }, ({ line }) => void line.length);

// Params may be left out exactly where none is needed.
void client.call("ping");
void client.call("cluster.status", {}, { timeoutMs: 1000, signal: new AbortController().signal });
void client.call("cluster.launch", { spec: { cloud: "aws", ports: ["443"] } });
// @ts-expect-error id is needed
void client.call("operation.get");
// @ts-expect-error no such method
void client.call("cluster.explode");
// @ts-expect-error no such field
void client.call("cluster.launch", { spec: { colour: "red" } });
// @ts-expect-error another type
void client.call("cluster.launch", { spec: { diskSize: "100" } });
// @ts-expect-error no such log
void client.call("cluster.logs", { source: "kernel" });
// @ts-expect-error ping takes none
void client.call("ping", { name: "x" });

// Results and notifications are typed.
const operation: Promise<Operation> = client.call("operation.get", { id: "x" });
void operation;
client.on("cluster.statusChanged", ({ cluster, previous }) => {
  const now: Cluster["status"] = cluster.status;
  // A newer sidecar may send a status that this version does not know.
  return now === "from the future" || previous.status === "running";
});
// @ts-expect-error no such notification
client.on("cluster.exploded", () => {});

// An error's kind is one of the registry's, the client's own, or a newer sidecar's.
export function known(error: unknown): Kind | "client_closed" | undefined {
  return error instanceof CarapaceError ? (error.data?.kind ?? error.kind) : undefined;
}
