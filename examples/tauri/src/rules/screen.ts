// What the first page shows.
import type { CarapaceError, Cluster, Methods, SessionState } from "carapace-client";
import { canLaunch } from "./buttons.ts";

type SkyPilot = Methods["skypilot.check"]["result"];

/**
 * - starting: nothing is known yet
 * - failed: the sidecar can't be run
 * - install: there is no SkyPilot that could launch anything
 * - launch: there is no server, also not of a launch that has failed
 * - server: there is one, or there may be
 */
export type Screen = "starting" | "failed" | "install" | "launch" | "server";

/** A server is shown whatever else is wrong: it may cost money. */
export function screen(
  state: SessionState, error: CarapaceError | undefined, cluster: Cluster | undefined, skypilot: SkyPilot | undefined,
): Screen {
  if (state === "failed" && error) return "failed";
  if (!cluster) return "starting";
  const nothing = cluster.status === "no_server" || (cluster.machine === "none" && canLaunch(cluster));
  if (!nothing) return "server";
  if (!skypilot) return "starting";
  return skypilot.supported ? "launch" : "install";
}
