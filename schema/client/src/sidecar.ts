// One process of the sidecar, however it is started.
import { Client, type ClientOptions } from "./client.ts";
import { CarapaceError } from "./errors.ts";

/** What a process of the sidecar tells. Each may be called before Spawn has returned. */
export interface SidecarEvents {
  /** A line of stdout, with or without its newline. */
  line(line: string): void;
  /** A line of stderr, likewise. */
  log(line: string): void;
  /** What else should be known of the process. */
  problem(problem: string): void;
  /** The process has ended, and all that it printed was told; how, in a sentence. */
  ended(how: string): void;
}

/** A process of the sidecar. */
export interface Sidecar {
  write(line: string): void | Promise<void>;
  /** Ends the process at once. It may have ended already. */
  kill(): void | Promise<void>;
}

/** Starts the sidecar. Throws or rejects if that fails. */
export type Spawn = (events: SidecarEvents) => Sidecar | Promise<Sidecar>;

export interface ConnectOptions extends ClientOptions {
  /** Is given each line of the sidecar's log. */
  onLog?: ((line: string) => void) | undefined;
}

const LOG_LINES = 20;
const HINT_LINES = 3;

/** Starts a sidecar and returns its client. Rejects if it can't be started. For an app, createSession does more. */
export async function connect(spawn: Spawn, options: ConnectOptions = {}): Promise<{ client: Client; sidecar: Sidecar }> {
  const log: string[] = [];
  let sidecar: Sidecar | undefined;
  const write = (line: string) => {
    if (sidecar) return sidecar.write(line);
    throw new Error("it has not started");
  };
  const client = new Client({ write }, options);
  try {
    sidecar = await spawn({
      line: (line) => client.receive(line),
      log: (line) => {
        log.push(line.trimEnd());
        if (log.length > LOG_LINES) log.shift();
        options.onLog?.(line.trimEnd());
      },
      problem: (problem) => (options.onProblem ?? (() => {}))(problem),
      ended: (how) => client.closed(hasEnded(how, log)),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CarapaceError("client_closed", `The sidecar could not be started: ${why}`, { hint: "Install the app again.", cause });
  }
  return { client, sidecar };
}

function hasEnded(how: string, log: readonly string[]): CarapaceError {
  const last = log.filter((line) => line !== "").slice(-HINT_LINES);
  const hint = last.length > 0 ? `Its log ends with: ${last.join(" ")}` : "It said nothing. Start the app again.";
  return new CarapaceError("client_closed", how, { hint, log: [...log] });
}
