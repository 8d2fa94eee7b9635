// Finds and starts the built sidecar that CARAPACE_SIDECAR names.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const path = process.env.CARAPACE_SIDECAR;
if (!path) console.error("\n*** CARAPACE_SIDECAR is not set: the tests against the built sidecar are SKIPPED ***\n");

/** skip is what a test's option of that name takes: false, or why. */
export const sidecar = { path, skip: path ? false : "CARAPACE_SIDECAR is not set" };

/** Makes a state folder and a project; both go, and all sidecars with them, when the test t ends. */
export function makeHome(t) {
  const home = mkdtempSync(join(tmpdir(), "carapace-client-"));
  const project = join(home, "project");
  for (const vault of ["public", "private"]) {
    mkdirSync(join(project, "data", vault), { recursive: true });
    writeFileSync(join(project, "data", vault, "file.txt"), vault);
  }
  const children = [];
  t.after(async () => {
    await Promise.all(children.map(end));
    rmSync(home, { recursive: true, force: true });
  });
  const args = ["--state-dir", join(home, "state"), "--project", project];
  const start = (...more) => {
    const child = spawn(path, [...more, ...args], { stdio: "pipe" });
    child.ended = new Promise((resolve) => child.on("close", resolve));
    child.stderr.resume();
    children.push(child);
    return child;
  };
  return { args, start, children };
}

async function end(child) {
  child.kill("SIGCONT");
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await child.ended;
  clearTimeout(timer);
}

/** Starts a sidecar with a home of its own. */
export const startSidecar = (t, ...args) => makeHome(t).start(...args);
