// One of a server's logs, or what was printed during its latest operation, as it comes.
import type { CarapaceError, KnownLogSource, Session } from "carapace-client";

const KEPT = 2000;

type Followed = { done: Promise<void>; stop(): void };

/** What can be shown: the latest operation's log has lines of all others. */
export type ShownLog = KnownLogSource | "operation";

export class LogPane {
  source: ShownLog = "operation";
  lines: readonly string[] = [];
  /** How many lines before these were too many to keep. */
  dropped = 0;
  /** Why the log can't be read: mostly that there is none yet. */
  problem: CarapaceError | undefined;
  open = false;
  /** Whether somebody has asked to read it, and is to be brought there. */
  wanted = false;
  #followed: Followed | undefined;
  #latest: string | undefined; // the operation that was the latest when the log was begun
  readonly #session: Session;
  readonly #onChange: () => void;

  constructor(session: Session, onChange: () => void) {
    this.#session = session;
    this.#onChange = onChange;
  }

  /** Shows a log from its beginning, or none any more. */
  show(open: boolean, source = this.source): void {
    if (open === this.open && source === this.source) return;
    this.open = open;
    this.source = source;
    this.#restart();
  }

  /** Shows a log to somebody who has asked for it elsewhere. */
  read(source: ShownLog): void {
    this.wanted = true;
    this.show(true, source);
    this.#onChange();
  }

  /** Reads the log anew where that has to be: `moved` says that an operation has begun or ended on the server. */
  renew(moved: boolean): void {
    if (this.#session.snapshot.operations[0]?.id !== this.#latest || (moved && this.source !== "operation")) this.#restart();
  }

  #restart(): void {
    const before = this.#followed;
    before?.stop();
    this.#followed = undefined;
    this.#latest = this.#session.snapshot.operations[0]?.id;
    this.lines = [];
    this.dropped = 0;
    this.problem = undefined;
    if (this.open) void this.#follow(before);
    this.#onChange();
  }

  // One log is followed at a time: the one before has to have ended.
  async #follow(before: Followed | undefined): Promise<void> {
    const source = this.source;
    await before?.done.catch(() => {});
    if (!this.open || this.#followed || source !== this.source) return;
    const followed = this.#begin(source);
    if (!followed) return;
    this.#followed = followed;
    followed.done.catch((error: CarapaceError) => {
      if (this.#followed !== followed) return;
      this.problem = error;
      this.#onChange();
    });
  }

  #begin(source: ShownLog): Followed | undefined {
    const add = ({ line }: { line: string }) => this.#add(line);
    if (source !== "operation") return this.#session.follow({ source }, add);
    const operation = this.#session.snapshot.operations[0];
    if (!operation) return undefined;
    const log = this.#session.operationLog(operation.id, add);
    return { done: log.read, stop: log.stop };
  }

  #add(line: string): void {
    const all = [...this.lines, line];
    this.dropped += Math.max(0, all.length - KEPT);
    this.lines = all.slice(-KEPT);
    this.#onChange();
  }
}
