// The client over Tauri's shell plugin. Nothing of Tauri is imported: what its
// Command offers is described here, so any version that still offers it fits.
//
//   import { Command } from "@tauri-apps/plugin-shell";
//   const { client, child } = await connectTauri(Command.sidecar("binaries/carapace-sidecar"));
import { Client, type ClientOptions } from "./carapace.js";

/** The events of a process's output: one for each line, its newline kept. */
export interface TauriOutput {
  on(event: "data", listener: (line: string) => void): unknown;
}

export interface TauriChild {
  readonly pid: number;
  write(data: string): Promise<void>;
  kill(): Promise<void>;
}

export interface TauriEnd {
  code: number | null;
  signal: number | null;
}

/** What is used of the plugin's Command<string>. */
export interface TauriCommand<C extends TauriChild = TauriChild> {
  readonly stdout: TauriOutput;
  readonly stderr: TauriOutput;
  on(event: "close", listener: (end: TauriEnd) => void): unknown;
  on(event: "error", listener: (message: string) => void): unknown;
  spawn(): Promise<C>;
}

export interface TauriOptions extends ClientOptions {
  /** Is given each line of the sidecar's log. */
  onLog?: (line: string) => void;
}

/**
 * Starts the sidecar and returns its client. Rejects if it can't be started.
 *
 * The listeners are attached before spawn(): the first line can come before its
 * promise resolves. A sidecar that has ended takes writes silently, so that only
 * "close" and time-outs tell. Before the window closes, call "shutdown" and wait
 * for it: Tauri kills its children without a word.
 */
export async function connectTauri<C extends TauriChild>(
  command: TauriCommand<C>,
  options: TauriOptions = {},
): Promise<{ client: Client; child: C }> {
  const spawned: { child?: C } = {};
  const client = new Client(
    { write: (line) => spawned.child?.write(line) ?? Promise.reject(new Error("it has not started")) },
    options,
  );
  command.stdout.on("data", (line) => client.receive(line));
  command.stderr.on("data", (line) => options.onLog?.(line.trimEnd()));
  command.on("close", (end) => client.closed(`The sidecar has ended (${describe(end)}).`));
  // A line that is not UTF-8 is lost and told as an error; the lines after it come.
  command.on("error", (message) => options.onProblem?.(`The shell plugin reports: ${message}`));
  const child = await command.spawn();
  spawned.child = child;
  return { client, child };
}

function describe(end: TauriEnd): string {
  return end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
}
