// What a session knows, for a user interface to show.
import type { CarapaceError } from "./errors.ts";
import type { Cluster, InitializeResult, Operation, Progress } from "./protocol.ts";

/**
 * Where a session stands.
 *
 * - starting: the first process has not answered yet
 * - ready: calls are answered
 * - restarting: the process has ended, the next one is begun or waited for; calls wait
 * - failed: it was tried often enough, or can't work; restart() tries again
 * - closed: close() was called
 */
export type SessionState = "starting" | "ready" | "restarting" | "failed" | "closed";

/** All that a session knows. A change makes a new object; what did not change in it stays the same object. */
export interface Snapshot {
  readonly state: SessionState;
  /** Why the last process ended; missing while the state is starting or ready. */
  readonly error?: CarapaceError;
  /** Who the sidecar is; missing until the first one has answered. */
  readonly sidecar?: InitializeResult;
  /** By name. Where there is no server, the one that says so: its actions tell whether one can be launched. */
  readonly clusters: readonly Cluster[];
  /** Newest first: all that go on, and the last hundred that have ended. */
  readonly operations: readonly Operation[];
  /** The last progress of each operation that goes on, by its id. */
  readonly progress: Readonly<Record<string, Progress>>;
}

const ENDED_KEPT = 100;

/** The one owner of what a session knows. */
export class Store {
  #snapshot: Snapshot = { state: "starting", clusters: [], operations: [], progress: {} };
  readonly #onChange: () => void;
  #batching = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  operation(id: string): Operation | undefined {
    return this.#snapshot.operations.find((operation) => operation.id === id);
  }

  enter(state: SessionState, error?: CarapaceError): void {
    const { error: _, ...rest } = this.#snapshot;
    this.#change({ ...rest, state, ...(error === undefined ? {} : { error }) });
  }

  setSidecar(sidecar: InitializeResult): void {
    this.#change({ ...this.#snapshot, sidecar });
  }

  setCluster(cluster: Cluster): void {
    this.#change({ ...this.#snapshot, clusters: withCluster(this.#snapshot.clusters, cluster) });
  }

  /** Takes the answer of a list. Of the servers in newer, what was told since the list was asked for holds. */
  setClusters(listed: readonly Cluster[], newer: ReadonlySet<string>): void {
    const kept = this.#snapshot.clusters.filter((cluster) => newer.has(cluster.name));
    const clusters = listed.filter((cluster) => !newer.has(cluster.name)).reduce(withCluster, kept);
    this.#change({ ...this.#snapshot, clusters });
  }

  setOperation(operation: Operation): void {
    const operations = withOperation(this.#snapshot.operations, operation);
    if (operations === this.#snapshot.operations) return;
    const { [operation.id]: last, ...others } = this.#snapshot.progress;
    this.#change({ ...this.#snapshot, operations, progress: isEnded(operation) || !last ? others : this.#snapshot.progress });
  }

  setProgress(progress: Progress): void {
    if (isEnded(this.operation(progress.operation))) return;
    this.#change({ ...this.#snapshot, progress: { ...this.#snapshot.progress, [progress.operation]: progress } });
  }

  /** Makes the changes of an action one. */
  batch(action: () => void): void {
    const before = this.#snapshot;
    this.#batching = true;
    try {
      action();
    } finally {
      this.#batching = false;
    }
    if (this.#snapshot !== before) this.#onChange();
  }

  #change(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    if (!this.#batching) this.#onChange();
  }
}

/** Whether an operation is known to have ended. A state that this version does not know is an end only with its time. */
export function isEnded(operation: Operation | undefined): boolean {
  return operation !== undefined && operation.state !== "running" && operation.endedAt !== undefined;
}

/** Replaces a server. "No server" is shown by itself alone. */
export function withCluster(clusters: readonly Cluster[], cluster: Cluster): readonly Cluster[] {
  const all = [...clusters.filter((other) => other.name !== cluster.name), cluster];
  const there = all.filter((one) => one.status !== "no_server");
  return (there.length > 0 ? there : [cluster]).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Replaces an operation. One that has ended does not begin again: what says so was sent before its end. */
export function withOperation(operations: readonly Operation[], operation: Operation): readonly Operation[] {
  const known = operations.find((other) => other.id === operation.id);
  if (isEnded(known) && !isEnded(operation)) return operations;
  const all = [...operations.filter((other) => other !== known), operation];
  all.sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  let ended = 0;
  return all.filter((one) => !isEnded(one) || ++ended <= ENDED_KEPT);
}
