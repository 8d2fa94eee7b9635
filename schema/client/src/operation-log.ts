// What is printed during an operation, over reloads and restarts of the sidecar.
import type { LogLine, OperationLogResult } from "./protocol.ts";

/** What the session needs of an operation's log that is read. */
export interface OperationLogReader {
  readonly operation: string;
  /** Takes a line of any log. */
  line(line: LogLine): void;
  /** Reads what is missing; again after each restart of the sidecar. */
  read(): Promise<void>;
  stop(): void;
}

/**
 * Lines are numbered. What is kept is read first; what is told meanwhile waits, and a number that was left out is
 * read, too. A process that goes on with an operation tells its lines from the beginning: those are known.
 */
export function readOperationLog(
  operation: string,
  ask: (after: number) => Promise<OperationLogResult>,
  onLine: (line: LogLine) => void,
): OperationLogReader {
  let last = 0;
  let stopped = false;
  let reading: Promise<void> | undefined;
  let missing = false; // something came while it was read

  const take = (line: LogLine) => {
    if (stopped || (line.seq ?? 0) <= last) return;
    last = line.seq ?? last;
    onLine(line);
  };
  const readAll = async () => {
    do {
      missing = false;
      const { lines, more } = await ask(last);
      for (const line of lines) take(line);
      missing ||= more === true && lines.length > 0;
    } while (missing && !stopped);
  };
  const read = () => (reading ??= readAll().finally(() => (reading = undefined)));
  return {
    operation,
    read,
    line(line) {
      if (stopped || line.operation !== operation || (line.seq !== undefined && line.seq <= last)) return;
      if (line.seq === undefined) return onLine(line); // it could not be kept
      if (reading) missing = true;
      else if (line.seq === last + 1) take(line);
      else void read().catch(() => {}); // a process that has ended: the next one is asked
    },
    stop: () => void (stopped = true),
  };
}
