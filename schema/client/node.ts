// The client over a process of Node's child_process. Nothing of Node is imported:
// what a ChildProcess offers is described here.
//
//   import { spawn } from "node:child_process";
//   const client = connectNode(spawn("sidecar", [], { stdio: "pipe" }));
import { Client, type ClientOptions } from "./carapace.js";

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
  on(event: "close", listener: (code: number | null, signal: string | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface NodeOptions extends ClientOptions {
  /** Is given each line of the sidecar's log. */
  onLog?: (line: string) => void;
}

/** Returns the client of a sidecar that was just spawned: call it in the same turn, before output can come. */
export function connectNode(child: NodeChild, options: NodeOptions = {}): Client {
  const client = new Client({ write: (line) => writeLine(child.stdin, line) }, options);
  eachLine(child.stdout, (line) => client.receive(line));
  eachLine(child.stderr, (line) => options.onLog?.(line));
  child.on("close", (code, signal) => client.closed(`The sidecar has ended (${signal ?? `exit code ${code}`}).`));
  child.on("error", (error) => client.closed(`The sidecar could not be run: ${error.message}`));
  // Each write is told of its own failure; without a listener the event would end the host.
  child.stdin.on("error", () => {});
  return client;
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
