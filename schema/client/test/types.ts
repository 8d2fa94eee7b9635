// Checked by tsc alone: what the types accept and what they refuse.
import { spawn } from "node:child_process";
import { Command } from "@tauri-apps/plugin-shell";
import { Client, CarapaceError, type Cluster, type Kind, type Operation } from "../carapace.js";
import { connectNode } from "../node.js";
import { connectTauri } from "../tauri.js";

declare const client: Client;

// The real libraries fit the structural types of the adapters.
connectNode(spawn("sidecar", [], { stdio: ["pipe", "pipe", "pipe"] }));
void connectTauri(Command.sidecar("binaries/carapace-sidecar")).then(({ child }) => child.kill());

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
  // @ts-expect-error no such status
  return now === "exploded" || previous.status === "running";
});
// @ts-expect-error no such notification
client.on("cluster.exploded", () => {});

// An error's kind is one of the registry's, or the client's own.
export function known(error: unknown): Kind | "closed" | undefined {
  return error instanceof CarapaceError ? (error.data?.kind ?? error.kind) : undefined;
}
