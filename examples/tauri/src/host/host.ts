import type { Spawn } from "carapace-client";

/** What the page needs of whatever shows it. */
export interface Host {
  /** Starts a sidecar. */
  readonly spawn: Spawn;
  /** Opens a web page outside of the app; rejects where that can't be done. */
  open(url: string): Promise<void>;
  /** Has something done, and waited for, before the window closes. */
  beforeClose(action: () => Promise<void>): void;
}

/** Returns the host that shows this page. */
export async function findHost(): Promise<Host> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./tauri.ts")).tauriHost();
  return (await import("./browser.ts")).browserHost();
}
