// The sidecar as a process of Node's child_process. Nothing of Node is imported:
// what a ChildProcess offers is described here.
import type { SidecarEvents, Spawn } from "./sidecar.ts";

/** What is used of a Readable. */
export interface NodeOutput {
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (chunk: string) => void): unknown;
}

/** What is used of a Writable. */
export interface NodeInput {
  write(text: string, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What is used of a ChildProcess whose stdin, stdout and stderr are pipes. */
export interface NodeChild {
  readonly stdin: NodeInput;
  readonly stdout: NodeOutput;
  readonly stderr: NodeOutput;
  kill(signal: "SIGKILL"): boolean;
  on(event: "close", listener: (code: number | null, signal: string | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Makes a session's spawn of Node's: `nodeSidecar(() => spawn("carapace-sidecar", [], { stdio: "pipe" }))`.
 *
 * A host that dies leaves no orphan: the sidecar ends itself at the end of its stdin.
 */
export function nodeSidecar(spawn: () => NodeChild): Spawn {
  return (events) => {
    const child = spawn();
    listen(child, events);
    return {
      write: (line) => writeLine(child.stdin, line),
      kill: () => void child.kill("SIGKILL"),
    };
  };
}

function listen(child: NodeChild, events: SidecarEvents): void {
  eachLine(child.stdout, events.line);
  eachLine(child.stderr, events.log);
  child.on("close", (code, signal) => events.ended(`The sidecar has ended (${signal ?? `exit code ${code}`}).`));
  child.on("error", (error) => events.ended(`The sidecar could not be run: ${error.message}.`));
  // Each write is told of its own failure; without a listener the event would end the host.
  child.stdin.on("error", () => {});
}

function writeLine(input: NodeInput, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    input.write(line, (error) => (error ? reject(error) : resolve()));
  });
}

/** Calls back with each line, its newline removed. A chunk may end anywhere, also within a character. */
export function eachLine(output: NodeOutput, callback: (line: string) => void): void {
  let parts: string[] = []; // of the line that has not ended: joined once, so that a long one costs no more than its length
  output.setEncoding("utf8");
  output.on("data", (chunk) => {
    const pieces = chunk.split("\n");
    for (const [i, piece] of pieces.entries()) {
      parts.push(piece);
      if (i === pieces.length - 1) return;
      callback(parts.join(""));
      parts = [];
    }
  });
}
