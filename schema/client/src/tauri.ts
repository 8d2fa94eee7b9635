// The sidecar as a Command of Tauri's shell plugin. Nothing of Tauri is imported:
// what a Command offers is described here, so any version that still offers it fits.
import type { Spawn } from "./sidecar.ts";

/** The events of a process's output: one for each line, its newline kept. */
export interface TauriOutput {
  on(event: "data", listener: (line: string) => void): unknown;
}

/** What is used of the plugin's Child. */
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
export interface TauriCommand {
  readonly stdout: TauriOutput;
  readonly stderr: TauriOutput;
  on(event: "close", listener: (end: TauriEnd) => void): unknown;
  on(event: "error", listener: (message: string) => void): unknown;
  spawn(): Promise<TauriChild>;
}

/** What is used of the browser's sessionStorage. */
export interface TauriMemory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface TauriOptions {
  /**
   * Makes a Child of a process id: `(pid) => new Child(pid)`. A page that is
   * reloaded loses its sidecar's handle but not the sidecar; with this the new page
   * ends the old one before it starts its own.
   */
  child?: (pid: number) => { kill(): Promise<void> };
  /** Where the process id outlives a reload of this window. Default: sessionStorage. */
  memory?: TauriMemory;
}

const PID = "carapace-sidecar.pid";

/**
 * Makes a session's spawn of the shell plugin's:
 * `tauriSidecar(() => Command.sidecar("binaries/carapace-sidecar"), { child: (pid) => new Child(pid) })`.
 *
 * Before the window closes, wait for the session's close(): Tauri kills its
 * children without a word.
 */
export function tauriSidecar(command: () => TauriCommand, options: TauriOptions = {}): Spawn {
  return async (events) => {
    const memory = options.memory ?? (globalThis as { sessionStorage?: TauriMemory }).sessionStorage;
    await endPrevious(memory, options);
    const process = command();
    // The first line can come before the promise of spawn() resolves: listen first.
    process.stdout.on("data", events.line);
    process.stderr.on("data", events.log);
    process.on("close", (end) => events.ended(`The sidecar has ended (${describe(end)}).`));
    // A line that is not UTF-8 is lost and told as an error; the lines after it come.
    process.on("error", (message) => events.problem(`The shell plugin reports: ${message}`));
    const child = await process.spawn();
    memory?.setItem(PID, String(child.pid));
    // A sidecar that has ended takes writes silently: "close" and time-outs tell.
    return { write: (line) => child.write(line), kill: () => child.kill() };
  };
}

// The plugin ends children of this app alone, so that a process id that was given
// to another process since hits nobody.
async function endPrevious(memory: TauriMemory | undefined, options: TauriOptions): Promise<void> {
  const pid = Number(memory?.getItem(PID) ?? 0);
  if (pid > 0) await options.child?.(pid).kill().catch(() => {}); // it may have ended
}

function describe(end: TauriEnd): string {
  return end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
}
