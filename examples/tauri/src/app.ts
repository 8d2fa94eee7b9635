// All that the window knows, and all that it can do. The views read it; what they are given to
// call is here.
import {
  createSession,
  type CallArguments, type CarapaceError, type Cluster, type ErrorData, type KnownLogSource, type MethodName, type Methods, type Operation,
  type OperationMethod, type Remedy, type Session, type Snapshot,
} from "carapace-client";
import { Answer } from "./answer.ts";
import type { Host } from "./host/host.ts";
import { LaunchForm } from "./launch-form.ts";
import { LogPane } from "./log-pane.ts";
import { canLaunch, type ButtonMethod } from "./rules/buttons.ts";
import { files, loss } from "./rules/loss.ts";
import { screen, type Screen } from "./rules/screen.ts";

export type Page = "server" | "history" | "checkup";

/** A question that is asked before something is done that can't be undone or costs money. */
export interface Question {
  title: string;
  text: string;
  /** What destroying the server loses is looked for, and shown with it. */
  losses: boolean;
  /** Sentences beside the text. */
  more?: readonly string[];
  answer: string;
  /** The other answer, which does nothing. */
  refuse: string;
  danger: boolean;
  then: () => void;
}

/** The methods that begin an operation: those are followed to their end. */
const OPERATIONS: readonly string[] = [
  "cluster.launch", "cluster.start", "cluster.stop", "cluster.destroy", "cluster.sync", "skypilot.install",
] satisfies OperationMethod[];

export class App {
  readonly session: Session;
  readonly form: LaunchForm;
  readonly log: LogPane;
  readonly skypilot: Answer<Methods["skypilot.check"]["result"]>;
  readonly cost: Answer<Methods["cluster.cost"]["result"]>;
  readonly vaults: Answer<Methods["vault.status"]["result"]>;
  readonly connection: Answer<Methods["cluster.connection"]["result"]>;
  readonly history: Answer<Methods["event.list"]["result"]>;
  readonly checkup: Answer<Methods["doctor"]["result"]>;
  /** The last operation of all with what can be done about its failure, where it failed. */
  readonly failure: Answer<Operation>;
  /** What doctor has found so far. */
  checks: Methods["doctor"]["result"]["checks"] = [];
  page: Page = "server";
  /** Why what was asked for last was refused. */
  refusal: ErrorData | undefined;
  question: Question | undefined;
  /** What happened last, until something else is done; a screen reader reads it. */
  notice = "";
  readonly #host: Host;
  readonly #onChange: () => void;
  #shown: Snapshot;
  #dismissed: string | undefined; // the failed operation that was read
  readonly #unanswered = new Set<MethodName>();

  constructor(host: Host, onChange: () => void) {
    this.#host = host;
    this.#onChange = onChange;
    this.session = createSession({ spawn: host.spawn, client: { name: "carapace-example", version: "0.1.0" } });
    this.#shown = this.session.snapshot;
    this.form = new LaunchForm(this.session, onChange);
    this.log = new LogPane(this.session, onChange);
    this.skypilot = new Answer(onChange);
    this.cost = new Answer(onChange);
    this.vaults = new Answer(onChange);
    this.connection = new Answer(onChange);
    this.history = new Answer(onChange);
    this.checkup = new Answer(onChange);
    this.failure = new Answer(onChange);
    host.beforeClose(() => this.session.close());
    this.session.onChange((snapshot) => this.#changed(snapshot));
    this.session.on("vault.watchChanged", () => this.#askVaults());
    this.session.on("doctor.checked", ({ check }) => {
      this.checks = [...this.checks, check];
      onChange();
    });
  }

  get snapshot(): Snapshot {
    return this.session.snapshot;
  }

  get cluster(): Cluster | undefined {
    return this.snapshot.clusters[0];
  }

  /** What goes on: on the server, or the installation of SkyPilot. */
  get operation(): Operation | undefined {
    return this.cluster?.operation ?? this.#installation;
  }

  get #installation(): Operation | undefined {
    return this.snapshot.operations.find((one) => one.kind === "install" && goesOn(one));
  }

  get screen(): Screen {
    return screen(this.snapshot.state, this.snapshot.error, this.cluster, this.skypilot, this.#installation !== undefined);
  }

  /** The method that was asked for and has not been answered; a look at the server is none, as it changes nothing. */
  get pending(): MethodName | undefined {
    return [...this.#unanswered].find((method) => method !== "cluster.status");
  }

  /** Whether the server is looked at because somebody has asked. */
  get looking(): boolean {
    return this.#unanswered.has("cluster.status");
  }

  /** The failure of the last operation, where nothing else on the page tells it. */
  get lastFailure(): ErrorData | undefined {
    const operation = this.failure.value;
    const told = operation?.id === this.#dismissed || this.operation !== undefined || this.cluster?.error !== undefined;
    return told ? undefined : operation?.error;
  }

  // ---- what a person does ----

  show(page: Page): void {
    this.page = page;
    this.notice = "";
    if (page === "history") this.askHistory();
    if (page === "checkup" && !this.checkup.value) this.checkUp();
    this.#onChange();
  }

  launch(): void {
    void this.#do("cluster.launch", { spec: this.form.spec });
  }

  install(): void {
    void this.#do("skypilot.install", {});
  }

  cancelInstall(): void {
    void this.#do("cluster.cancel", {});
  }

  press(method: ButtonMethod): void {
    const name = this.cluster?.name ?? "";
    if (method === "cluster.destroy") return this.#askBeforeDestroy(name);
    if (method === "cluster.forget") {
      return this.ask({
        title: `Forget ${name}?`,
        text: "It leaves this list. Nothing is removed at the cloud: a machine that is still there goes on costing money.",
        losses: false, answer: "Forget it", refuse: "Keep it", danger: true, then: () => void this.#do(method, { name }),
      });
    }
    void this.#do(method, { name });
  }

  /** Does what an error offers. */
  remedy(remedy: Remedy): void {
    if (remedy.url !== undefined) return this.open(remedy.url);
    if (remedy.command !== undefined) return void this.copy(remedy.command);
    const { method = "", params = {} } = remedy;
    if (method === "doctor") return this.show("checkup");
    if (method === "cluster.logs") return this.log.read((params as { source: KnownLogSource }).source);
    if (method === "cluster.sync" && (params as { dryRun?: boolean }).dryRun) return void this.#do(method, params, (sync) => this.#askBeforeSync(sync));
    const then = () => void this.#do(method as MethodName, params);
    if (!remedy.confirm) return then();
    const destroys = method === "cluster.destroy";
    this.ask({
      title: `${remedy.label}?`, text: this.cluster?.costs.sentence ?? "", losses: destroys, answer: remedy.label,
      refuse: destroys ? "Keep it" : "Not now", danger: destroys, then,
    });
    if (destroys) this.compareVaults();
  }

  /** Asks. A question that is open is not replaced, as its answer is about to be pressed: the new one is told of. */
  ask(question: Question): void {
    if (this.question) return this.#say(question.text);
    this.question = question;
    this.#onChange();
  }

  /** Takes the answer to the question that is asked. */
  answer(yes: boolean): void {
    const { question } = this;
    this.question = undefined;
    if (yes) question?.then();
    this.#onChange();
  }

  open(url: string): void {
    this.#host.open(url).catch(() => this.#say(`It could not be opened: ${url}`));
  }

  async copy(text: string): Promise<void> {
    // Where a page may not use the clipboard there is none.
    await Promise.resolve().then(() => navigator.clipboard.writeText(text)).then(
      () => this.#say("Copied. Paste it into a terminal."),
      () => this.#say(`It could not be copied: ${text}`),
    );
  }

  /** Closes what is told of a failure or refusal. */
  dismiss(): void {
    this.refusal = undefined;
    this.#dismissed = this.failure.value?.id;
    this.#onChange();
  }

  refresh(): void {
    void this.#do("cluster.status", { refresh: true });
  }

  /** Looks at the server for what differs in its vaults. */
  compareVaults(): void {
    if (this.cluster?.machine !== "running") return;
    const { name } = this.cluster;
    void this.vaults.load(() => this.session.call("vault.status", { name, refresh: true }));
  }

  watchVaults(on: boolean): void {
    void this.#do("vault.watch", { on }).then(() => this.#askVaults());
  }

  /** Asks what the server has cost so far, where it goes on costing. */
  askCost(): void {
    const { cluster } = this;
    if (cluster && cluster.costs.now !== "nothing" && this.snapshot.state === "ready") this.#readCost(cluster.name);
  }

  checkSkyPilot(): void {
    void this.skypilot.load(() => this.session.call("skypilot.check"));
  }

  askHistory(): void {
    void this.history.load(() => this.session.call("event.list"));
  }

  checkUp(): void {
    this.checks = [];
    void this.checkup.load(() => this.session.call("doctor"));
  }

  // ---- how it is done ----

  /** Calls a method; where it begins an operation, `then` is given that once it has succeeded. */
  async #do<M extends MethodName>(method: M, params: object, then?: (operation: Operation) => void): Promise<void> {
    this.#unanswered.add(method);
    this.refusal = undefined;
    this.notice = "";
    this.#dismissed = this.failure.value?.id;
    this.#onChange();
    try {
      if (OPERATIONS.includes(method)) {
        const { done } = await this.session.run(method as OperationMethod, params as never);
        if (then) done.then((operation) => operation.state === "succeeded" && then(operation), () => {}); // a failure is shown as any other
      } else {
        const result = await this.session.call(method, ...([params] as unknown as CallArguments<M>));
        this.#say(verdict(method, result));
      }
    } catch (error) {
      this.refusal = told(error as CarapaceError);
    } finally {
      this.#unanswered.delete(method);
      this.#onChange();
    }
  }

  #askBeforeDestroy(name: string): void {
    this.ask({
      title: `Destroy ${name}?`,
      text: "The machine and its disk are removed, with all that is on them. This can't be undone. Your vaults on this computer stay as they are.",
      losses: true, answer: `Destroy ${name}`, refuse: "Keep it", danger: true, then: () => void this.#do("cluster.destroy", { name }),
    });
    this.compareVaults();
  }

  // A sync that changed nothing has told what one that is meant would change.
  #askBeforeSync({ cluster: name, message, vaults = [] }: Operation): void {
    const deleted = vaults.reduce((sum, vault) => sum + vault.deleted, 0);
    if (vaults.every((vault) => vault.added + vault.changed + vault.deleted === 0)) return this.#say(message);
    const consent = vaults.some(({ needsConsent }) => needsConsent) ? { allowDeletions: true } : {};
    this.ask({
      title: "Sync the vaults?", text: message, losses: false, more: loss(vaults.map((changes) => ({ vault: changes.vault, state: "differs", changes })), true),
      answer: deleted > 0 ? `Sync, and delete ${files(deleted)} there` : "Sync", refuse: "Not now", danger: deleted > 0,
      then: () => void this.#do("cluster.sync", { name, ...consent }),
    });
  }

  #say(notice: string): void {
    this.notice = notice;
    this.#onChange();
  }

  // ---- what follows from a change ----

  #changed(now: Snapshot): void {
    const before = this.#shown;
    this.#shown = now;
    const [was, is] = [before.clusters[0], now.clusters[0]];
    const back = before.state !== "ready" && now.state === "ready";
    const moved = is && (was?.status !== is.status || was.machine !== is.machine || was.lastChange?.at !== is.lastChange?.at);
    const ended = before.operations.filter(goesOn).some(({ id }) => now.operations.some((one) => one.id === id && !goesOn(one)));
    this.log.renew(was?.operation?.id !== is?.operation?.id);
    if (back || moved || ended) this.#ask(is);
    this.#onChange();
  }

  #ask(is: Cluster | undefined): void {
    if (this.snapshot.state !== "ready" || !is) return;
    if (this.page === "history") this.askHistory();
    const last = this.snapshot.operations[0];
    if (last && last.state === "failed" && this.failure.value?.id !== last.id) {
      void this.failure.load(() => this.session.call("operation.get", { id: last.id }));
    } else if (last?.state !== "failed") this.failure.clear();
    if (canLaunch(is)) {
      this.checkSkyPilot();
      void this.form.load();
    } else if (!this.form.providers.value) void this.form.readProviders();
    if (this.screen === "launch") return;
    const { name } = is;
    this.#readCost(name);
    if (is.operation) this.vaults.clear();
    else this.#askVaults();
    if (is.machine === "running" && is.ip) void this.connection.load(() => this.session.call("cluster.connection", { name }));
    else this.connection.clear();
  }

  #readCost(name: string): void {
    void this.cost.load(() => this.session.call("cluster.cost", { name }));
  }

  #askVaults(): void {
    if (this.question?.losses) return this.compareVaults(); // nothing less is enough for it
    void this.vaults.load(() => this.session.call("vault.status", this.cluster ? { name: this.cluster.name } : {}));
  }
}

function goesOn({ endedAt }: Operation): boolean {
  return endedAt === undefined;
}

// The client's own errors have no data of the sidecar's.
function told(error: CarapaceError): ErrorData {
  return error.data ?? {
    kind: "internal", message: error.message, retryable: false, ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

// What is said of a call that nothing on the page shows the result of.
function verdict(method: MethodName, result: unknown): string {
  if (method === "cluster.status") return "Looked at the cloud just now.";
  if (method === "cluster.estimate") return (result as Methods["cluster.estimate"]["result"]).sentence;
  if (method === "cluster.list") return servers((result as Methods["cluster.list"]["result"]).clusters);
  if (method !== "provider.check") return "";
  const { enabled, name, reason = "", fix = "" } = result as Methods["provider.check"]["result"];
  return enabled ? `${name} accepts the credentials.` : `${name} can't be used: ${reason} ${fix}`.trim();
}

function servers(clusters: readonly Cluster[]): string {
  return clusters.length === 0 ? "There is no server." : `There is ${clusters.map(({ name }) => name).join(", ")}.`;
}
