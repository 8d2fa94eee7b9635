import type { CarapaceError } from "carapace-client";

/** Something that was asked for: the last answer, and whether another one is on its way. */
export class Answer<T> {
  /** Missing until there was one. It stays while another is on its way. */
  value: T | undefined;
  /** Why the last question was not answered. */
  problem: CarapaceError | undefined;
  busy = false;
  /** When the value came, in milliseconds since 1970. */
  at = 0;
  #round = 0;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Asks. Of several questions only the last one's answer counts. */
  async load(ask: () => Promise<T>): Promise<void> {
    const round = ++this.#round;
    this.busy = true;
    this.#onChange();
    const [value, problem] = await ask().then(
      (answer) => [answer, undefined] as const,
      (error: CarapaceError) => [this.value, error] as const,
    );
    if (round !== this.#round) return;
    if (!problem) this.at = Date.now();
    this.value = value;
    this.problem = problem;
    this.busy = false;
    this.#onChange();
  }

  /** Forgets the answer, and one that is on its way. */
  clear(): void {
    this.#round++;
    this.value = undefined;
    this.problem = undefined;
    this.busy = false;
  }
}
