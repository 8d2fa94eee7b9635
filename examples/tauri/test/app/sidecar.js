// A sidecar of the app's state folder, as somebody else's.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The sidecar beside a program, which Tauri starts. */
export function sidecarOf(program) {
  return join(dirname(program), "carapace-sidecar");
}

/** The flags of the app's sidecar: the vaults are beside a program that was built; one that was installed has them elsewhere. */
export function flagsOf(program) {
  const sample = join(dirname(program), "sample");
  return ["--simulate", "--project", existsSync(sample) ? sample : "."];
}

/** Calls a method of a sidecar of its own. */
export function ask(program, method, params = {}, ...flags) {
  const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const { stdout, stderr, error } = spawnSync(sidecarOf(program), [...flagsOf(program), ...flags], {
    input: `${request}\n`, encoding: "utf8", timeout: 120_000,
  });
  if (error) throw error;
  const answer = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line)).find(({ id }) => id === 1);
  if (!answer) throw new Error(`${method}: no answer\n${stderr}`);
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}
