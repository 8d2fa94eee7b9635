// What the first page shows.
import type { CarapaceError, Cluster, Methods, SessionState } from "carapace-client";
import { canLaunch } from "./buttons.ts";

/** What is known of SkyPilot; `problem` is why it could not be looked at. */
interface SkyPilot {
  value: Methods["skypilot.check"]["result"] | undefined;
  problem: CarapaceError | undefined;
}

/**
 * - starting: nothing is known yet
 * - failed: the sidecar can't be run
 * - install: there is no SkyPilot that could launch anything, or one that does not run
 * - launch: there is no server, also not of a launch that has failed
 * - server: there is one, or there may be
 */
export type Screen = "starting" | "failed" | "install" | "launch" | "server";

/** A server is shown whatever else is wrong: it may cost money. */
export function screen(
  state: SessionState, error: CarapaceError | undefined, cluster: Cluster | undefined, skypilot: SkyPilot, installing: boolean,
): Screen {
  if (state === "failed" && error) return "failed";
  if (!cluster) return "starting";
  const nothing = cluster.status === "no_server" || (cluster.machine === "none" && canLaunch(cluster));
  if (!nothing) return "server";
  if (installing) return "install";
  if (skypilot.value) return skypilot.value.supported ? "launch" : "install";
  // Only the sidecar's own word: one that has ended is started again, and asked again.
  return skypilot.problem?.data ? "install" : "starting";
}
