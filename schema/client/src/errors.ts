import type { ErrorData, Kind, Operation } from "./protocol.ts";

/**
 * What goes wrong on the host's side of the pipe. No kind of the sidecar begins
 * with "client_", so that the two can't be mixed up: a "timeout" is the sidecar's.
 *
 * - client_closed: the sidecar has ended, can't be started, or the session was closed
 * - client_timeout: the call was given up because its time was over
 * - client_aborted: the call was given up because its signal was aborted
 * - client_too_large: the message is longer than the sidecar reads; it was not sent
 * - client_frozen: the sidecar did not answer any more and was ended
 */
export type ClientKind = "client_closed" | "client_timeout" | "client_aborted" | "client_too_large" | "client_frozen";

interface Details {
  hint?: string | undefined;
  code?: number;
  data?: ErrorData | undefined;
  log?: readonly string[];
  cause?: unknown;
}

/** What every promise of this package is rejected with. */
export class CarapaceError extends Error {
  override readonly name: string = "CarapaceError";
  /** For a program to act on. Treat a kind that you don't know as "internal". */
  readonly kind: Kind | ClientKind;
  /** What to do next, for a person. */
  readonly hint: string | undefined;
  /** The JSON-RPC error code; 0 if the error did not come from the sidecar. */
  readonly code: number;
  /** The sidecar's own words; missing if the error did not come from it. */
  readonly data: ErrorData | undefined;
  /** The last lines of the sidecar's log, oldest first, where the sidecar has ended; otherwise empty. */
  readonly log: readonly string[];

  constructor(kind: Kind | ClientKind, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.hint = details.hint;
    this.code = details.code ?? 0;
    this.data = details.data;
    this.log = details.log ?? [];
  }
}

/** An operation has ended, and not well. Its kind, message and hint are those of the operation's own error. */
export class OperationError extends CarapaceError {
  override readonly name: string = "OperationError";
  /** As it ended: state is "failed" or "canceled". */
  readonly operation: Operation;

  constructor(operation: Operation) {
    const { error } = operation;
    super(error?.kind ?? "internal", error?.message ?? operation.message, { hint: error?.hint, data: error });
    this.operation = operation;
  }
}

/** Returns what was caught as a CarapaceError. */
export function asCarapaceError(caught: unknown): CarapaceError {
  if (caught instanceof CarapaceError) return caught;
  return new CarapaceError("client_closed", caught instanceof Error ? caught.message : String(caught), {
    hint: "Start the app again.",
    cause: caught,
  });
}
