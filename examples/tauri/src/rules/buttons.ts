// Which buttons a server has. Whether each can be pressed is the sidecar's word (Cluster.actions).
import type { Cluster } from "carapace-client";

export type ButtonMethod =
  | "cluster.start" | "cluster.stop" | "cluster.sync" | "cluster.destroy" | "cluster.cancel" | "cluster.forget";

export interface Button {
  method: ButtonMethod;
  label: string;
  enabled: boolean;
  /** Why it can't be pressed, for a tooltip; empty where it can. */
  whyNot: string;
  look: "main" | "plain" | "danger";
}

interface Row {
  method: ButtonMethod;
  label: string;
  look: Button["look"];
  /** Whether it is there also while it can't be pressed. */
  stays: (cluster: Cluster) => boolean;
}

const isOff = ({ machine, status }: Cluster) => machine === "stopped" || status === "stopped";

const ROWS: readonly Row[] = [
  { method: "cluster.cancel", label: "Cancel", look: "plain", stays: () => false },
  { method: "cluster.start", label: "Resume", look: "main", stays: isOff },
  { method: "cluster.stop", label: "Stop", look: "main", stays: ({ machine }) => machine === "running" },
  { method: "cluster.sync", label: "Sync vaults", look: "plain", stays: (cluster) => cluster.machine === "running" },
  { method: "cluster.forget", label: "Forget…", look: "danger", stays: () => false },
  { method: "cluster.destroy", label: "Destroy…", look: "danger", stays: () => true },
];

/** Returns a server's buttons, in the order in which they are shown. */
export function buttons(cluster: Cluster): Button[] {
  return ROWS.flatMap(({ method, label, look, stays }) => {
    const action = cluster.actions.find((one) => one.method === method);
    if (!action || (!action.enabled && !stays(cluster))) return [];
    const { message = "", hint = "" } = action.whyNot ?? {};
    const whyNot = `${message} ${hint}`.trim();
    // A machine that is up can be started once more where its setup or its service failed.
    if (method === "cluster.start" && !isOff(cluster)) return [{ method, label: "Start again", look: "plain", enabled: true, whyNot }];
    return [{ method, label, look, enabled: action.enabled, whyNot }];
  });
}

/** Whether a launch would be accepted now. */
export function canLaunch(cluster: Cluster): boolean {
  return cluster.actions.some(({ method, enabled }) => method === "cluster.launch" && enabled);
}
