// One operation, from its acceptance to its end.
import { OperationError, type CarapaceError } from "./errors.ts";
import type { Operation, Progress } from "./protocol.ts";
import { isEnded } from "./store.ts";

/** An operation that a session follows, over restarts of the sidecar. */
export interface RunningOperation {
  readonly id: string;
  /** As it was told last. */
  readonly current: Operation;
  /**
   * Resolves with the operation when it has succeeded. Rejects with an
   * OperationError when it has failed or was canceled, and with a CarapaceError of
   * kind client_closed when the session was closed before: it then goes on without us.
   */
  readonly done: Promise<Operation>;
  /** The progress from now on, beginning with the last there was. Ends when the operation does, however that is. */
  progress(): AsyncIterableIterator<Progress>;
}

/** What the session tells the operation. */
export interface OperationControl {
  readonly handle: RunningOperation;
  update(operation: Operation): void;
  progressed(progress: Progress): void;
  /** The end will not be seen. */
  abandon(error: CarapaceError): void;
}

export function followOperation(first: Operation, last?: Progress): OperationControl {
  let current = first;
  let latest = last;
  let over = false;
  const listeners = new Set<Queue<Progress>>();
  let resolve!: (operation: Operation) => void;
  let reject!: (error: CarapaceError) => void;
  const done = new Promise<Operation>((onEnd, onError) => ([resolve, reject] = [onEnd, onError]));
  done.catch(() => {}); // who does not wait for the end must not be ended by it

  const finish = () => {
    over = true;
    for (const queue of listeners) queue.end();
    listeners.clear();
  };
  const control: OperationControl = {
    handle: {
      id: first.id,
      get current() { return current; },
      done,
      progress() {
        const queue = new Queue<Progress>(() => void listeners.delete(queue));
        if (latest) queue.push(latest);
        if (over) queue.end();
        else listeners.add(queue);
        return queue;
      },
    },
    update(operation) {
      if (over) return;
      current = operation;
      if (!isEnded(operation)) return;
      finish();
      if (operation.state === "succeeded") resolve(operation);
      else reject(new OperationError(operation));
    },
    progressed(progress) {
      if (over) return;
      latest = progress;
      for (const queue of listeners) queue.push(progress);
    },
    abandon(error) {
      if (over) return;
      finish();
      reject(error);
    },
  };
  control.update(first);
  return control;
}

const QUEUE_LIMIT = 1000;

/** What was pushed and not taken yet. Who does not take it loses the oldest. */
class Queue<T> implements AsyncIterableIterator<T> {
  readonly #items: T[] = [];
  readonly #takers: ((result: IteratorResult<T>) => void)[] = [];
  readonly #onReturn: () => void;
  #ended = false;

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(item: T): void {
    const taker = this.#takers.shift();
    if (taker) return taker({ value: item, done: false });
    this.#items.push(item);
    if (this.#items.length > QUEUE_LIMIT) this.#items.shift();
  }

  end(): void {
    this.#ended = true;
    for (const taker of this.#takers.splice(0)) taker({ value: undefined, done: true });
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) return { value: this.#items.shift() as T, done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async return(): Promise<IteratorResult<T>> {
    this.#onReturn();
    this.#items.length = 0;
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
