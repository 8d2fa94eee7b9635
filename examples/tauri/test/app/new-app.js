// Runs `tauri dev`, and presses the button of the app that it builds: new-app.js COMMAND FOLDER.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { running } from "./processes.js";
import { start, until } from "./webdriver.js";

const [command, folder] = process.argv.slice(2);
const program = join(process.env.CARGO_TARGET_DIR ?? join(folder, "src-tauri/target"), "debug/try");
const binaries = join(folder, "src-tauri/binaries");
const sidecar = join(binaries, readdirSync(binaries)[0]);

const dev = spawn("bash", ["-c", command], { cwd: folder, stdio: ["ignore", "inherit", "inherit"], detached: true });
try {
  await until("tauri dev has built the app and opened its window", () => running(program).length > 0, undefined, 3000);
  // The driver opens a window of its own of the same program, on the page that `tauri dev` serves.
  const app = await start(program);
  await app.until("the button is pressed, and says what goes on", // again until the page has given it something to do
    `(() => { const button = document.querySelector("button"); if (button.textContent === "Launch") button.click(); return button.textContent !== "Launch"; })()`);
  const status = () => {
    const request = '{"jsonrpc":"2.0","id":1,"method":"cluster.status"}\n';
    const project = join(folder, "src-tauri");
    const said = execFileSync(sidecar, ["--simulate"], { cwd: project, input: request, encoding: "utf8" });
    return said.split("\n").filter(Boolean).map((line) => JSON.parse(line)).find(({ id }) => id === 1).result;
  };
  await until("the server runs", () => status().status === "running", async () => JSON.stringify(status()));
  await app.end();
} finally {
  process.kill(-dev.pid, "SIGTERM");
}
