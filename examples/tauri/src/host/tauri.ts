// The app: Tauri starts the sidecar, and would end it without a word.
import { resolveResource } from "@tauri-apps/api/path";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { openUrl } from "@tauri-apps/plugin-opener";
import { Child, Command } from "@tauri-apps/plugin-shell";
import { tauriSidecar } from "carapace-client/tauri";
import type { Host } from "./host.ts";

export async function tauriHost(): Promise<Host> {
  const args = await sidecarArgs();
  return {
    spawn: tauriSidecar(() => Command.sidecar("binaries/carapace-sidecar", args), { child: (pid) => new Child(pid) }),
    open: (url) => openUrl(url),
    beforeClose: (action) => void getCurrentWindow().onCloseRequested(action),
  };
}

// VITE_REAL=1 builds an app that rents real servers; the other one is for looking at.
async function sidecarArgs(): Promise<string[]> {
  if (import.meta.env.VITE_REAL === "1") return [];
  return ["--simulate", "--project", await resolveResource("sample")];
}
