// JSON-RPC with one sidecar process, over whatever carries lines. It touches no
// global but setTimeout, clearTimeout and, for problems that nobody takes, console.
import { CarapaceError } from "./errors.ts";
import { ERROR_CODES, MAX_MESSAGE_BYTES, type ErrorData, type Methods, type Notifications } from "./protocol.ts";

/** How lines reach the sidecar. */
export interface Transport {
  /** Writes one line to the sidecar's stdin. The line ends with "\n" already. */
  write(line: string): void | Promise<void>;
}

/** The part of an AbortSignal that is used. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface CallOptions {
  /** Milliseconds until the call is given up; 0 waits for ever. Default: the client's. */
  timeoutMs?: number | undefined;
  /** Gives the call up when it is aborted. */
  signal?: AbortSignalLike | undefined;
}

/** Is told of what should not happen: a line that is no JSON-RPC, a handler that throws. */
export type OnProblem = (problem: string, cause?: unknown) => void;

export interface ClientOptions {
  /** Milliseconds until a call is given up, where the call says nothing. Default: 0, which waits until the answer or closed(). */
  timeoutMs?: number | undefined;
  /** Default: console.error. */
  onProblem?: OnProblem | undefined;
  /** Is given every notification before those who subscribed, those that this version does not know too. */
  onNotification?: ((method: string, params: unknown) => void) | undefined;
}

export type MethodName = keyof Methods;
export type NotificationName = keyof Notifications;
export type Handler<N extends NotificationName> = (params: Notifications[N]) => void;

/** Params may be left out where none of their fields is needed. */
export type CallArguments<M extends MethodName> = {} extends Methods[M]["params"]
  ? [params?: Methods[M]["params"], options?: CallOptions]
  : [params: Methods[M]["params"], options?: CallOptions];

interface Pending {
  resolve(result: unknown): void;
  reject(error: CarapaceError): void;
}

interface Outgoing {
  jsonrpc: "2.0";
  id?: number; // missing in a notification
  method: string;
  params?: unknown;
}

// In a module these declare types alone: no library of types is needed.
declare function setTimeout(callback: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const console: { error(...data: unknown[]): void };

/** Writes a problem to the console. */
export const logProblem: OnProblem = (problem, cause) => console.error(`carapace: ${problem}`, ...(cause === undefined ? [] : [cause]));

export class Client {
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #onProblem: OnProblem;
  readonly #pending = new Map<number, Pending>();
  readonly #handlers: Handlers;
  readonly #onNotification: ((method: string, params: unknown) => void) | undefined;
  readonly #onClosed = new Set<(error: CarapaceError) => void>();
  #lastId = 0;
  #closed: CarapaceError | undefined;

  constructor(transport: Transport, options: ClientOptions = {}) {
    this.#transport = transport;
    this.#timeoutMs = options.timeoutMs ?? 0;
    this.#onProblem = options.onProblem ?? logProblem;
    this.#onNotification = options.onNotification;
    this.#handlers = new Handlers(this.#onProblem);
  }

  /**
   * Calls a method. Rejects with a CarapaceError, always. Giving a call up (by
   * time-out or signal) tells the sidecar not to answer; it does not undo what the
   * call began: that is cluster.cancel.
   */
  call<M extends MethodName>(method: M, ...args: CallArguments<M>): Promise<Methods[M]["result"]> {
    const [params, options = {}] = args;
    if (this.#closed) return Promise.reject(this.#closed);
    if (options.signal?.aborted) return Promise.reject(aborted(method));
    const id = this.#lastId + 1;
    const line = JSON.stringify({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) } satisfies Outgoing);
    if (isTooLong(line)) return Promise.reject(tooLarge(method));
    this.#lastId = id;
    return new Promise<unknown>((resolve, reject) => {
      const ms = options.timeoutMs ?? this.#timeoutMs;
      const release = watch(method, ms, options.signal, (error) => this.#giveUp(id, error));
      this.#pending.set(id, {
        resolve: (result) => { release(); resolve(result); },
        reject: (error) => { release(); reject(error); },
      });
      this.#write(line, (error) => this.#take(id)?.reject(error));
    }) as Promise<Methods[M]["result"]>;
  }

  /** Subscribes to a notification; returns what ends the subscription. */
  on<N extends NotificationName>(notification: N, handler: Handler<N>): () => void {
    return this.#handlers.add(notification, handler as (params: unknown) => void);
  }

  /** Calls back when the sidecar has ended; at once if it has. Returns what takes the callback back. */
  onClosed(callback: (error: CarapaceError) => void): () => void {
    if (this.#closed) callback(this.#closed);
    else this.#onClosed.add(callback);
    return () => void this.#onClosed.delete(callback);
  }

  /** Takes a line that the sidecar printed, with or without its newline. Blank lines are skipped, and all that come after closed(). */
  receive(line: string): void {
    if (this.#closed || line.trim() === "") return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch (cause) {
      this.#onProblem(`The sidecar printed a line that is not JSON: ${line.slice(0, 200)}`, cause);
      return;
    }
    for (const one of Array.isArray(message) ? message : [message]) this.#dispatch(one);
  }

  /** Is to be called when the sidecar has ended: rejects every call that waits, and all later ones. */
  closed(error: CarapaceError = new CarapaceError("client_closed", "The sidecar has ended.", { hint: "Start the app again." })): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
    for (const callback of [...this.#onClosed]) callback(error);
    this.#onClosed.clear();
  }

  #giveUp(id: number, error: CarapaceError): void {
    this.#take(id)?.reject(error);
    const line = JSON.stringify({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id } } satisfies Outgoing);
    this.#write(line, (failure) => this.#onProblem(failure.message, failure.cause));
  }

  #take(id: unknown): Pending | undefined {
    const pending = this.#pending.get(id as number);
    this.#pending.delete(id as number);
    return pending;
  }

  // A write that fails fails its own call at once; the sidecar's end, if that is
  // the reason, is told by closed().
  #write(line: string, failed: (error: CarapaceError) => void): void {
    const fail = (cause: unknown) =>
      failed(new CarapaceError("client_closed", `The sidecar can't be written to: ${String(cause)}`, { hint: "Try again.", cause }));
    try {
      Promise.resolve(this.#transport.write(line + "\n")).catch(fail);
    } catch (cause) {
      fail(cause);
    }
  }

  #dispatch(message: unknown): void {
    if (!isObject(message)) return this.#onProblem("The sidecar printed JSON that is no message.", message);
    if (typeof message.method === "string") return this.#notify(message.method, message.params);
    const pending = this.#take(message.id);
    if (pending === undefined) {
      // The answer to a call that was given up, or a complaint about a line of ours.
      if (isObject(message.error) && message.id === null) this.#onProblem(String(message.error.message), message);
    } else if (isObject(message.error)) {
      pending.reject(fromSidecar(message.error));
    } else if ("result" in message) {
      pending.resolve(message.result);
    } else {
      pending.reject(fromSidecar({}));
    }
  }

  // A notification that this file does not know comes from a newer sidecar: nobody
  // listens to it, so it is dropped.
  #notify(method: string, params: unknown): void {
    this.#onNotification?.(method, params);
    this.#handlers.call(method, params);
  }
}

/** Who listens to what. A handler that throws stops neither the others nor the client. */
export class Handlers {
  readonly #handlers = new Map<string, Set<(params: unknown) => void>>();
  readonly #onProblem: OnProblem;

  constructor(onProblem: OnProblem) {
    this.#onProblem = onProblem;
  }

  add(name: string, handler: (params: unknown) => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    const own = (params: unknown) => handler(params); // the same handler may be there twice
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  call(name: string, params: unknown): void {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        handler(params);
      } catch (cause) {
        this.#onProblem(`A handler of ${name} failed: ${String(cause)}`, cause);
      }
    }
  }
}

/** Calls giveUp when the time is over (0: never) or the signal is aborted; returns what ends the watch. */
export function watch(
  what: string,
  ms: number,
  signal: AbortSignalLike | undefined,
  giveUp: (error: CarapaceError) => void,
): () => void {
  const timer = ms > 0 ? setTimeout(() => giveUp(timedOut(what, ms)), ms) : undefined;
  const onAbort = () => giveUp(aborted(what));
  signal?.addEventListener("abort", onAbort);
  return () => {
    if (timer !== undefined) clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
}

/** The error of a call whose signal is aborted. */
export function aborted(method: string): CarapaceError {
  return new CarapaceError("client_aborted", `${method} was given up.`, { hint: "What it began goes on: look at the server's status." });
}

function timedOut(method: string, ms: number): CarapaceError {
  return new CarapaceError("client_timeout", `${method} was not answered within ${ms} ms.`, {
    hint: "What it began may go on: look at the server's status, then try again.",
  });
}

// The sidecar answers a message that is too long with no id, for it does not read
// the id: the call would wait for ever.
function tooLarge(method: string): CarapaceError {
  return new CarapaceError("client_too_large", `What was given to ${method} is larger than ${MAX_MESSAGE_BYTES} bytes.`, {
    hint: "Make it smaller: put what is large into a file of a vault.",
  });
}

function isTooLong(line: string): boolean {
  // A character of a string has one to three bytes: only what lies between is counted.
  if (line.length > MAX_MESSAGE_BYTES) return true;
  return line.length * 3 > MAX_MESSAGE_BYTES && utf8Length(line) > MAX_MESSAGE_BYTES;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of its four bytes. JSON.stringify leaves no half alone.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

function fromSidecar(error: Record<string, unknown>): CarapaceError {
  const code = typeof error.code === "number" ? error.code : ERROR_CODES.internal;
  const message = typeof error.message === "string" ? error.message : "The sidecar answered with an error.";
  const data = isObject(error.data) && typeof error.data.kind === "string" ? (error.data as unknown as ErrorData) : undefined;
  return new CarapaceError(data?.kind ?? "internal", data?.message ?? message, { hint: data?.hint, code, data });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
