// A log that is followed over restarts of the sidecar.
import type { AbortSignalLike } from "./client.ts";
import type { LogLine, LogsParams } from "./protocol.ts";

/** What the session needs of a log that is followed. */
export interface LogSubscription {
  /** Aborted by stop(). */
  readonly signal: AbortSignalLike;
  /** Returns the params to ask a process with. */
  begin(): LogsParams;
  /** Takes a line of any log. */
  line(line: LogLine): void;
  stop(): void;
}

/**
 * Every process tells a log from its beginning, so a second one repeats what was
 * told: as many lines are skipped, as long as the log begins as it did. Another
 * beginning is another log, of a start since.
 */
export function followLog(
  id: string,
  params: Omit<LogsParams, "follow" | "subscription" | "tail">,
  onLine: (line: LogLine) => void,
): LogSubscription {
  let round = 0;
  let first: string | undefined; // line of the log
  let delivered = 0;
  let position = 0; // in what the process of this round tells
  const stop = new Stop();
  const subscription = () => `${id}.${round}`;
  return {
    signal: stop,
    begin() {
      round++;
      position = 0;
      return { ...params, follow: true, subscription: subscription() };
    },
    line(line) {
      if (stop.aborted || line.subscription !== subscription()) return;
      position += line.dropped ?? 0;
      if (position === 0 && first !== line.line) {
        first = line.line;
        delivered = 0;
      }
      position++;
      if (position <= delivered) return;
      delivered = position;
      onLine(line);
    },
    stop: () => stop.abort(),
  };
}

/** An AbortSignal that needs no library of types. */
class Stop implements AbortSignalLike {
  aborted = false;
  readonly #listeners = new Set<() => void>();

  abort(): void {
    this.aborted = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
