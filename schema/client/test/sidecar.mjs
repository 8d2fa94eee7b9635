// Finds and starts the built sidecar that CARAPACE_SIDECAR names.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const path = process.env.CARAPACE_SIDECAR;
if (!path) console.error("\n*** CARAPACE_SIDECAR is not set: the tests against the built sidecar are SKIPPED ***\n");

/** skip is what a test's option of that name takes: false, or why. */
export const sidecar = { path, skip: path ? false : "CARAPACE_SIDECAR is not set" };

/** Starts a sidecar with a state folder and a project of its own; both go when the test t ends. */
export function startSidecar(t, ...args) {
  const home = mkdtempSync(join(tmpdir(), "carapace-client-"));
  const project = join(home, "project");
  for (const vault of ["public", "private"]) {
    mkdirSync(join(project, "data", vault), { recursive: true });
    writeFileSync(join(project, "data", vault, "file.txt"), vault);
  }
  const child = spawn(path, [...args, "--state-dir", join(home, "state"), "--project", project], { stdio: "pipe" });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const log = [];
  child.stderr.on("data", (chunk) => log.push(chunk));
  t.after(async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(timer);
    rmSync(home, { recursive: true, force: true });
  });
  return child;
}
