// Numbers, times and the protocol's words, for a person.
import type { KnownPhase, KnownServiceState, KnownStatus, Phase, Service, Status } from "carapace-client";

/** An amount of US dollars; under a cent with four digits. */
export function money(amount: number): string {
  const digits = amount > 0 && amount < 0.01 ? 4 : 2;
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** A time span: 8 s, 2 min 5 s, 3 h 20 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A size of files: 830 bytes, 1.2 MB. */
export function bytes(count: number): string {
  const units = ["kB", "MB", "GB", "TB"];
  let size = count / 1000;
  if (size < 1) return count === 1 ? "1 byte" : `${count} bytes`;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

const STATUSES: Readonly<Record<string, string>> = {
  no_server: "No server",
  provisioning: "Starting",
  running: "Running",
  stopping: "Stopping",
  stopped: "Stopped",
  destroying: "Being destroyed",
  error: "Needs attention",
} satisfies Record<KnownStatus, string>;

/** A status in a word or two. One that this version does not know is shown as it is. */
export function statusName(status: Status): string {
  return STATUSES[status] ?? plain(status);
}

const SERVICES: Readonly<Record<string, string>> = {
  unknown: "Not known",
  starting: "Starting",
  healthy: "Healthy",
  unhealthy: "Not healthy",
} satisfies Record<KnownServiceState, string>;

/** How what the server is for is, with where it is and the reason where it is not healthy. */
export function serviceWords({ state, url, reason }: Service): string {
  return [SERVICES[state] ?? plain(state), url].filter(Boolean).join(", ") + (reason ? `. ${reason}` : "");
}

const PHASES: Readonly<Record<string, string>> = {
  checking: "Check",
  preparing: "Prepare",
  selecting: "Choose a machine",
  provisioning: "Make the machine",
  connecting: "Connect",
  syncing: "Copy the vaults",
  setup: "Set up",
  starting: "Start the service",
  stopping: "Stop the machine",
  destroying: "Remove everything",
  verifying: "Verify",
  installing: "Install",
} satisfies Record<KnownPhase, string>;

/** What an operation does in a phase. */
export function phaseName(phase: Phase): string {
  return PHASES[phase] ?? plain(phase);
}

/** The phases of a launch, in their order. */
export const LAUNCH_PHASES: readonly Phase[] = [
  "checking", "preparing", "selecting", "provisioning", "connecting", "syncing", "setup", "starting",
];

function plain(word: string): string {
  const words = word.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A day and a time, as this computer writes them. */
export function when(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** A time of today, or a day. */
export function shortTime(time: string, now = new Date()): string {
  const at = new Date(time);
  const today = at.toDateString() === now.toDateString();
  return today ? at.toLocaleTimeString(undefined, { timeStyle: "short" }) : at.toLocaleDateString(undefined, { dateStyle: "medium" });
}
