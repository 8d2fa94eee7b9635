// What a person chooses before a launch, and what the sidecar says of the choice.
import type { CarapaceError, Methods, Session, Spec } from "carapace-client";
import { Answer } from "./answer.ts";

/** As the fields hold it; an empty string is "no matter which". */
export interface Choice {
  cloud: string;
  region: string;
  instanceType: string;
  useSpot: boolean;
  diskSize: number;
  /** Minutes until an idle server stops; 0 is never. */
  autostop: number;
  public: string;
  private: string;
}

export const DISK_GB = 100;

/** The choices that the price depends on. */
const PRICED: readonly (keyof Choice)[] = ["cloud", "region", "instanceType", "useSpot", "diskSize"];

export class LaunchForm {
  readonly providers: Answer<Methods["provider.list"]["result"]>;
  readonly regions: Answer<Methods["provider.regions"]["result"]>;
  readonly sizes: Answer<Methods["provider.sizes"]["result"]>;
  readonly estimate: Answer<Methods["cluster.estimate"]["result"]>;
  readonly preview: Answer<Methods["cluster.preview"]["result"]>;
  choice: Choice = {
    cloud: "", region: "", instanceType: "", useSpot: false, diskSize: DISK_GB, autostop: 0, public: "", private: "",
  };
  readonly #session: Session;

  constructor(session: Session, onChange: () => void) {
    this.#session = session;
    this.providers = new Answer(onChange);
    this.regions = new Answer(onChange);
    this.sizes = new Answer(onChange);
    this.estimate = new Answer(onChange);
    this.preview = new Answer(onChange);
  }

  /** The provider that is chosen, once they are known. */
  get provider() {
    return this.providers.value?.providers.find(({ id }) => id === this.choice.cloud);
  }

  /** What is to be launched. */
  get spec(): Spec {
    const { cloud, region, instanceType, useSpot, diskSize, autostop, ...vaults } = this.choice;
    const named = Object.fromEntries(Object.entries(vaults).filter(([, folder]) => folder !== ""));
    return {
      cloud,
      diskSize,
      ...(region === "" ? {} : { region }),
      ...(instanceType === "" ? {} : { instanceType }),
      ...(useSpot ? { useSpot } : {}),
      // Not every cloud can stop a server; one that can't is not asked to.
      ...(autostop > 0 && this.provider?.supportsAutostop && this.provider.supportsStop ? { autostop: { idleMinutes: autostop } } : {}),
      ...(Object.keys(named).length === 0 ? {} : { vaults: named }),
    };
  }

  /** Why the preview says that a launch would be refused, of one field of the spec, or of none that has a place in the form. */
  problems(field: "spec.vaults.public" | "spec.vaults.private" | "other"): CarapaceError["data"][] {
    const known = ["spec.vaults.public", "spec.vaults.private"];
    return (this.preview.value?.problems ?? []).filter((problem) =>
      field === "other" ? !known.includes(problem.field ?? "") : problem.field === field);
  }

  /** What people call a cloud; its id until the providers are known. */
  nameOf(cloud: string | undefined): string | undefined {
    return this.providers.value?.providers.find(({ id }) => id === cloud)?.name ?? cloud;
  }

  /** Reads the providers. */
  async readProviders(): Promise<void> {
    await this.providers.load(() => this.#session.call("provider.list"));
  }

  /** Reads the providers, and chooses the first one that has credentials where none is chosen. */
  async load(): Promise<void> {
    await this.readProviders();
    const all = this.providers.value?.providers ?? [];
    const first = all.find(({ credentials }) => credentials.present) ?? all[0];
    if (!first) return;
    if (this.choice.cloud === "") this.choice = { ...this.choice, cloud: first.id };
    this.#ask("cloud");
  }

  /** Takes what was chosen in one field, and asks what follows from it. */
  choose<F extends keyof Choice>(field: F, value: Choice[F]): void {
    const then: Partial<Choice> =
      field === "cloud" ? { region: "", instanceType: "", useSpot: false } : field === "region" ? { instanceType: "" } : {};
    this.choice = { ...this.choice, ...then, [field]: value };
    if (PRICED.includes(field)) this.estimate.clear(); // a price beside a choice must be that choice's
    this.#ask(field);
  }

  #ask(field: keyof Choice): void {
    const { cloud, region } = this.choice;
    if (field === "cloud") {
      this.regions.clear();
      void this.regions.load(async () => this.#session.call("provider.regions", { cloud }));
    }
    if (field === "cloud" || field === "region") {
      this.sizes.clear();
      void this.sizes.load(async () => this.#session.call("provider.sizes", { cloud, ...(region === "" ? {} : { region }) }));
    }
    const { spec } = this;
    if (PRICED.includes(field)) {
      void this.estimate.load(async () => this.#session.call("cluster.estimate", { spec }));
    }
    void this.preview.load(async () => this.#session.call("cluster.preview", { spec }));
  }
}
