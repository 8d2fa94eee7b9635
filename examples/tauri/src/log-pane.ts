// One of a server's logs, as it comes.
import type { CarapaceError, FollowedLog, KnownLogSource, Session } from "carapace-client";

const KEPT = 2000;

export class LogPane {
  source: KnownLogSource = "provision";
  lines: readonly string[] = [];
  /** Why the log can't be read: mostly that there is none yet. */
  problem: CarapaceError | undefined;
  open = false;
  /** Whether somebody has asked to read it, and is to be brought there. */
  wanted = false;
  #followed: FollowedLog | undefined;
  readonly #session: Session;
  readonly #onChange: () => void;

  constructor(session: Session, onChange: () => void) {
    this.#session = session;
    this.#onChange = onChange;
    // A launch tells the lines of its own log by itself: what is followed ends with what it holds.
    session.on("cluster.log", ({ source, subscription, line }) => {
      if (this.open && source === "provision" && this.source === source && subscription === undefined) this.#add(line);
    });
  }

  /** Shows a log from its beginning, or none any more. */
  show(open: boolean, source = this.source): void {
    if (open === this.open && source === this.source) return;
    this.open = open;
    this.source = source;
    this.restart();
  }

  /** Shows a log to somebody who has asked for it elsewhere. */
  read(source: KnownLogSource): void {
    this.wanted = true;
    this.show(true, source);
    this.#onChange();
  }

  /** Reads the log anew: another server or operation has another one. */
  restart(): void {
    const before = this.#followed;
    before?.stop();
    this.#followed = undefined;
    this.lines = [];
    this.problem = undefined;
    if (this.open) void this.#follow(before);
    this.#onChange();
  }

  // One log is followed at a time: the one before has to have ended.
  async #follow(before: FollowedLog | undefined): Promise<void> {
    const source = this.source;
    await before?.done.catch(() => {});
    if (!this.open || this.#followed || source !== this.source) return;
    const followed = this.#session.follow({ source }, ({ line }) => this.#add(line));
    this.#followed = followed;
    followed.done.catch((error: CarapaceError) => {
      if (this.#followed !== followed) return;
      this.problem = error;
      this.#onChange();
    });
  }

  #add(line: string): void {
    this.lines = [...this.lines, line].slice(-KEPT);
    this.#onChange();
  }
}
