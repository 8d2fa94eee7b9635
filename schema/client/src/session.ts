// A sidecar that is always there: a process of it is started, and started again
// when it ends, and what is known and waited for outlives each process.
import {
  aborted, Handlers, isObject, logProblem, watch,
  type AbortSignalLike, type CallArguments, type CallOptions, type Client, type Handler, type MethodName, type NotificationName, type OnProblem,
} from "./client.ts";
import { asCarapaceError, CarapaceError } from "./errors.ts";
import { followLog, type LogSubscription } from "./log.ts";
import { readOperationLog, type OperationLogReader } from "./operation-log.ts";
import { followOperation, type OperationControl, type RunningOperation } from "./operation.ts";
import {
  PROTOCOL_VERSION, REPEATABLE,
  type ClientInfo, type LogLine, type LogsParams, type Methods, type Operation,
} from "./protocol.ts";
import { connect, type Sidecar, type Spawn } from "./sidecar.ts";
import { isEnded, Store, type SessionState, type Snapshot } from "./store.ts";

export interface SessionOptions {
  /** Starts a sidecar: tauriSidecar(…) or nodeSidecar(…). */
  spawn: Spawn;
  /** The language, as in BCP 47, of all that the sidecar says: de, es or en; left out, English. */
  locale?: string | undefined;
  /** Names the app in the sidecar's log. */
  client?: ClientInfo | undefined;
  /** Milliseconds until a call is given up, where the call says nothing. Default: 0, which waits. */
  timeoutMs?: number | undefined;
  /** Default: console.error. */
  onProblem?: OnProblem | undefined;
  /** Is given each line of the sidecar's log. */
  onLog?: ((line: string) => void) | undefined;
  timing?: Partial<Timing> | undefined;
}

/** In milliseconds, but for attempts. */
export interface Timing {
  /** Before the first restart; doubles with each further one. Default: 250. */
  firstDelay: number;
  /** Between two restarts at most. Default: 30000. */
  maxDelay: number;
  /** How many processes in a row may end early before it is given up. Default: 6. */
  attempts: number;
  /** How long a process must have served so that its end is not early. Default: 30000. */
  stableAfter: number;
  /** How long a new process may take to answer. Default: 15000. */
  handshake: number;
  /** How often a silent process is asked whether it lives; after three times without a sign it is ended. Default: 5000. */
  heartbeat: number;
  /** How long close() waits for the process to end by itself. Default: 5000. */
  shutdown: number;
}

const TIMING: Timing = {
  firstDelay: 250, maxDelay: 30_000, attempts: 6, stableAfter: 30_000, handshake: 15_000, heartbeat: 5_000, shutdown: 5_000,
};
const SILENT_BEATS = 3;

/** The methods that begin an operation. */
export type OperationMethod = {
  [M in MethodName]: Methods[M]["result"] extends { operation: Operation } ? M : never;
}[MethodName];

declare function setTimeout(callback: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const crypto: { randomUUID(): string };

/** Starts a session. It is usable at once: calls wait until the sidecar is ready. */
export function createSession(options: SessionOptions): Session {
  return new Session(options);
}

interface Waiting {
  resolve(client: Client): void;
  reject(error: CarapaceError): void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #timing: Timing;
  readonly #onProblem: OnProblem;
  readonly #store: Store;
  readonly #handlers: Handlers;
  readonly #changes: Handlers;
  readonly #operations = new Map<string, OperationControl>();
  readonly #waiting = new Set<Waiting>();
  readonly #logs = new Set<LogSubscription>();
  readonly #operationLogs = new Set<OperationLogReader>();
  /** The servers of which something was told since the last list was asked for. */
  readonly #told = new Set<string>();
  #client: Client | undefined; // of the process that is ready
  #living: { client: Client; sidecar: Sidecar } | undefined;
  #heard = false; // since the last heartbeat
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined; // ends the pause between two processes
  #life: Promise<void>;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#onProblem = options.onProblem ?? logProblem;
    this.#handlers = new Handlers(this.#onProblem);
    this.#changes = new Handlers(this.#onProblem);
    this.#store = new Store(() => this.#changes.call("change", this.#store.snapshot));
    this.#life = this.#live();
  }

  /** All that is known. The same object until something changes. */
  get snapshot(): Snapshot {
    return this.#store.snapshot;
  }

  /** Calls back after each change of the snapshot; returns what ends that. */
  onChange(callback: (snapshot: Snapshot) => void): () => void {
    return this.#changes.add("change", callback as (params: unknown) => void);
  }

  /** Subscribes to a notification of whatever process is there; returns what ends the subscription. */
  on<N extends NotificationName>(notification: N, handler: Handler<N>): () => void {
    return this.#handlers.add(notification, handler as (params: unknown) => void);
  }

  /**
   * Calls a method, as Client.call does. Waits for the sidecar where it is not
   * ready. A call that the process did not answer before it ended is rejected
   * (client_closed), for nobody knows whether it was carried out; run() repeats it.
   */
  async call<M extends MethodName>(method: M, ...args: CallArguments<M>): Promise<Methods[M]["result"]> {
    const options: CallOptions = { ...args[1], timeoutMs: args[1]?.timeoutMs ?? this.#options.timeoutMs };
    const client = this.#client ?? (await this.#ready(method, options));
    const result = await client.call(method, ...([args[0], options] as unknown as CallArguments<M>));
    if (isObject(result) && isOperation(result.operation)) this.#tell(result.operation);
    return result;
  }

  /**
   * Begins an operation and follows it to its end. When the process ends before it
   * answers, the next one is asked with the same requestId: it is the same operation.
   */
  async run<M extends OperationMethod>(method: M, ...args: CallArguments<M>): Promise<RunningOperation> {
    const [given, options] = args;
    const repeatable = (REPEATABLE as readonly string[]).includes(method);
    const params = repeatable ? { requestId: crypto.randomUUID(), ...given } : given;
    for (;;) {
      const closed = await this.call(method, ...([params, options] as unknown as CallArguments<M>)).then(
        (answer) => this.#follow(answer.operation),
        (error: CarapaceError) => error,
      );
      if (!(closed instanceof CarapaceError)) return closed;
      if (!repeatable || !(await this.#isPassing(closed))) throw closed;
    }
  }

  /** Follows an operation that is known or was begun elsewhere: after a reload, or in another window. */
  async operation(id: string): Promise<RunningOperation> {
    return this.#follow(this.#store.operation(id) ?? (await this.call("operation.get", { id })));
  }

  /**
   * Calls back with each line of a log from its beginning, and with those that come,
   * until the log ends or stop() is called. Two that follow the same log get their
   * own lines each; a restart of the sidecar repeats none.
   */
  follow(params: Omit<LogsParams, "follow" | "subscription" | "tail">, onLine: (line: LogLine) => void): FollowedLog {
    const subscription = followLog(crypto.randomUUID(), params, onLine);
    this.#logs.add(subscription);
    const done = this.#readLog(subscription).finally(() => this.#logs.delete(subscription));
    done.catch(() => {});
    return { done, stop: () => subscription.stop() };
  }

  /**
   * Calls back with each line that was printed during an operation, from the oldest that is kept, and with those
   * that come, also where another sidecar drives it. `dropped` of the first says how many are kept no longer. A
   * reload or a restart of the sidecar loses and repeats none.
   */
  operationLog(operation: string, onLine: (line: LogLine) => void): OperationLog {
    const reader = readOperationLog(operation, (after) => this.call("operation.log", { id: operation, after }), onLine);
    this.#operationLogs.add(reader);
    const read = this.#overRestarts(() => reader.read());
    read.catch(() => {});
    return {
      read,
      stop: () => {
        reader.stop();
        this.#operationLogs.delete(reader);
      },
    };
  }

  /** Tries again after the session has failed; otherwise does nothing. */
  restart(): void {
    if (this.snapshot.state !== "failed") return;
    this.#store.enter("restarting");
    this.#life = this.#live();
  }

  /**
   * Ends the sidecar and with it the session: it is asked to end, and killed if it
   * does not. Operations go on in the cloud. Resolves when no process is left.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // ---- the life of the processes ----

  async #live(): Promise<void> {
    for (let early = 0; ; ) {
      const { error, stable } = await this.#serve();
      if (this.#closing) return;
      early = stable ? 1 : early + 1;
      if (early >= this.#timing.attempts || error.kind === "protocol_unsupported") return this.#end("failed", error);
      this.#store.enter("restarting", error);
      await this.#pause(Math.min(this.#timing.firstDelay * 2 ** (early - 1), this.#timing.maxDelay));
      if (this.#closing) return;
    }
  }

  // Runs one process from its start to its end.
  async #serve(): Promise<{ error: CarapaceError; stable: boolean }> {
    let stable = false;
    let stop = () => {};
    try {
      const living = await this.#start();
      if (this.#closing) throw new CarapaceError("client_closed", "The session was closed while the sidecar was starting.");
      const ended = new Promise<CarapaceError>((resolve) => living.client.onClosed(resolve));
      const handshake = this.#shakeHands(living.client);
      // A write can fail before the end is told, and the end says more: its log.
      const shaken = handshake.catch((error: CarapaceError) => {
        if (error.kind !== "client_closed") throw error;
        const release = watch("initialize", this.#timing.shutdown, undefined, (late) => void this.#kill(late));
        return ended.finally(release);
      });
      const early = await Promise.race([ended, shaken]);
      if (early instanceof CarapaceError) return { error: early, stable };
      const timer = setTimeout(() => (stable = true), this.#timing.stableAfter);
      const stopBeating = this.#beat(living);
      stop = () => {
        clearTimeout(timer);
        stopBeating();
      };
      this.#isReady(living.client);
      return { error: await ended, stable };
    } catch (caught) { // it could not be started, or did not take the handshake
      const error = asCarapaceError(caught);
      await this.#kill(error);
      return { error, stable };
    } finally {
      stop();
      this.#client = undefined;
      this.#living = undefined;
    }
  }

  async #start(): Promise<{ client: Client; sidecar: Sidecar }> {
    const living = await connect((events) => this.#options.spawn({
      ...events,
      line: (line) => {
        this.#heard = true;
        events.line(line);
      },
    }), {
      timeoutMs: this.#options.timeoutMs,
      onProblem: this.#onProblem,
      onLog: this.#options.onLog,
      onNotification: (method, params) => this.#notified(method, params),
    });
    this.#living = living;
    return living;
  }

  // Says who we are, and reads all that may have changed while nobody was there.
  async #shakeHands(client: Client): Promise<void> {
    const options: CallOptions = { timeoutMs: this.#timing.handshake };
    const { client: name, locale } = this.#options;
    this.#told.clear();
    const [sidecar, { clusters }, nothing, { operations }] = await Promise.all([
      client.call("initialize", { protocolVersion: PROTOCOL_VERSION, ...(name === undefined ? {} : { client: name }), ...(locale === undefined ? {} : { locale }) }, options),
      client.call("cluster.list", {}, options),
      client.call("cluster.status", {}, options),
      client.call("operation.list", {}, options),
    ]);
    this.#store.batch(() => {
      this.#store.setSidecar(sidecar);
      this.#store.setClusters(clusters.length > 0 ? clusters : [nothing], this.#told);
      for (const operation of operations) this.#tell(operation);
    });
    await Promise.all([...this.#operations.values()].map((control) => this.#catchUp(client, control)));
  }

  // An operation that ended while no process was there is told by none.
  async #catchUp(client: Client, control: OperationControl): Promise<void> {
    try {
      this.#tell(await client.call("operation.get", { id: control.handle.id }, { timeoutMs: this.#timing.handshake }));
    } catch (caught) {
      const error = asCarapaceError(caught);
      if (error.code === 0) throw error; // of the process, not of the operation
      this.#operations.delete(control.handle.id);
      control.abandon(error);
    }
  }

  #isReady(client: Client): void {
    this.#client = client;
    this.#store.enter("ready");
    for (const log of this.#operationLogs) log.read().catch(() => {}); // what was printed while nobody was there
    for (const one of this.#takeWaiting()) one.resolve(client);
  }

  // Ends a process that does not answer. A laptop that slept is one beat late for
  // both, so one missed beat proves nothing.
  #beat(living: { client: Client; sidecar: Sidecar }): () => void {
    let silent = 0;
    let timer: unknown;
    const beat = () => {
      silent = this.#heard ? 0 : silent + 1;
      this.#heard = false;
      if (silent > SILENT_BEATS) {
        const error = new CarapaceError("client_frozen", "The sidecar did not answer any more and was ended.", {
          hint: "There is nothing to do: it is started again.",
        });
        return void this.#kill(error);
      }
      // One question is enough: what a frozen process does not read must not pile up.
      if (silent === 1) living.client.call("ping").catch(() => {});
      timer = setTimeout(beat, this.#timing.heartbeat);
    };
    this.#heard = true;
    timer = setTimeout(beat, this.#timing.heartbeat);
    return () => clearTimeout(timer);
  }

  async #kill(error: CarapaceError): Promise<void> {
    const living = this.#living;
    if (!living) return;
    living.client.closed(error); // what it still prints counts no more
    try {
      await living.sidecar.kill();
    } catch (cause) {
      this.#onProblem(`The sidecar could not be killed: ${String(cause)}`, cause);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // so that #closing is set
    this.#wake?.();
    const living = this.#living;
    if (living) {
      const over = new Promise<void>((resolve) => living.client.onClosed(() => resolve()));
      living.client.call("shutdown").catch(() => {}); // its end is what counts
      let killed: Promise<void> | undefined;
      const release = watch("shutdown", this.#timing.shutdown, undefined, (error) => (killed = this.#kill(error)));
      await over;
      release();
      await killed;
    }
    this.#end("closed", sessionClosed());
    await this.#life;
  }

  // The session is over, until restart().
  #end(state: SessionState, error: CarapaceError): void {
    this.#store.enter(state, error);
    for (const one of this.#takeWaiting()) one.reject(error);
    if (state !== "closed") return;
    for (const control of this.#operations.values()) control.abandon(error);
    this.#operations.clear();
  }

  // ---- what waits ----

  #ready(method: string, options: CallOptions): Promise<Client> {
    const { state, error } = this.snapshot;
    if (this.#closing) return Promise.reject(sessionClosed());
    if (state === "failed" && error) return Promise.reject(error);
    if (options.signal?.aborted) return Promise.reject(aborted(method));
    return new Promise((resolve, reject) => {
      const release = watch(method, options.timeoutMs ?? 0, options.signal, (late) => {
        this.#waiting.delete(waiting);
        waiting.reject(late);
      });
      const waiting: Waiting = {
        resolve: (client) => { release(); resolve(client); },
        reject: (failure) => { release(); reject(failure); },
      };
      this.#waiting.add(waiting);
    });
  }

  #takeWaiting(): Waiting[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }

  // ---- what is told ----

  #notified(method: string, params: unknown): void {
    const take = this.#takes[method as NotificationName] as ((params: unknown) => void) | undefined;
    take?.(params);
    this.#handlers.call(method, params);
  }

  readonly #takes: { [N in NotificationName]?: Handler<N> } = {
    "cluster.statusChanged": ({ cluster }) => {
      this.#told.add(cluster.name);
      this.#store.setCluster(cluster);
      if (cluster.operation) this.#tell(cluster.operation);
    },
    "cluster.progress": (progress) => {
      this.#store.setProgress(progress);
      this.#operations.get(progress.operation)?.progressed(progress);
    },
    "cluster.log": (line) => {
      for (const log of this.#logs) log.line(line);
      for (const log of this.#operationLogs) log.line(line);
    },
    "operation.finished": ({ operation }) => this.#tell(operation),
  };

  #tell(operation: Operation): void {
    this.#store.setOperation(operation);
    const control = this.#operations.get(operation.id);
    control?.update(operation);
    if (isEnded(operation)) this.#operations.delete(operation.id);
  }

  #follow(operation: Operation): RunningOperation {
    const known = this.#operations.get(operation.id);
    if (known) return known.handle;
    // Its end may have been told before the answer was taken.
    const now = this.#store.operation(operation.id) ?? operation;
    const control = followOperation(now, this.snapshot.progress[now.id]);
    if (!isEnded(now)) this.#operations.set(now.id, control);
    return control.handle;
  }

  // Whether another process may answer. A write can fail before the end of the process
  // is told; without waiting for it, the same process would be asked again and again.
  async #isPassing(error: CarapaceError): Promise<boolean> {
    if (error.kind !== "client_closed" && error.kind !== "client_frozen") return false;
    const client = this.#client;
    if (client) await new Promise<void>((resolve) => client.onClosed(() => resolve()));
    return !this.#closing && this.snapshot.state !== "failed";
  }

  async #readLog(subscription: LogSubscription): Promise<void> {
    const { signal } = subscription;
    await this.#overRestarts(() => this.call("cluster.logs", subscription.begin(), { timeoutMs: 0, signal }), signal);
  }

  // Asks the next process, too, where one has ended before it answered; no more once that was given up.
  async #overRestarts(ask: () => Promise<unknown>, signal?: AbortSignalLike): Promise<void> {
    for (;;) {
      try {
        await ask();
        return;
      } catch (caught) {
        const error = asCarapaceError(caught);
        if (signal?.aborted) return;
        if (!(await this.#isPassing(error))) throw error;
      }
    }
  }
}

/** A log that is followed. */
export interface FollowedLog {
  /** Resolves when the log has ended or was stopped; rejects when it can't be read. */
  readonly done: Promise<void>;
  stop(): void;
}

/** The log of an operation. */
export interface OperationLog {
  /** Resolves when what is kept of it has been read; rejects when it can't be. Further lines come until stop(). */
  readonly read: Promise<void>;
  stop(): void;
}

function sessionClosed(): CarapaceError {
  return new CarapaceError("client_closed", "The session was closed.", { hint: "Start the app again." });
}

function isOperation(value: unknown): value is Operation {
  return isObject(value) && typeof value.id === "string" && typeof value.state === "string";
}
