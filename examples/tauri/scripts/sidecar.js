// Puts what the app takes from this repository into src-tauri: the sidecar for this
// machine, under the name that Tauri looks for, and the capability that allows it.
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const app = fileURLToPath(new URL("../src-tauri/", import.meta.url));

execFileSync("./build.sh", ["--host"], { cwd: root, env: { ...process.env, OUT_DIR: `${app}binaries` }, stdio: "inherit" });
copyFileSync(`${root}tauri/capabilities/carapace-sidecar.json`, `${app}capabilities/carapace-sidecar.json`);
