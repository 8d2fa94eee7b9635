// A server's life in the real window, with what goes wrong in one: drive.js PROGRAM.
// The sidecar is the one beside PROGRAM, which Tauri starts.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { parent, running } from "./processes.js";
import { HEADING, start, TEXT, until } from "./webdriver.js";

const program = process.argv[2];
const sidecar = join(dirname(program), "carapace-sidecar");

/** The process that the app talks to: the simulated cloud runs the same program, as its child. */
const serving = () => running(sidecar).find((id) => running(program).includes(parent(id)));

const first = await start(program);
await first.until("the price", "document.querySelector('.amount') !== null");
await first.press("Launch server");
await first.until("two steps of the launch", "document.querySelectorAll('.steps .done').length > 1");
await first.end();
console.log("the app was ended in the middle of the launch");

const second = await start(program);
await second.until("the launch is found again", TEXT, "Launching your server");
execFileSync("wmctrl", ["-c", "Carapace"]); // as the button of the window's frame does
await until("the app has ended after its window was closed", () => running(program).length === 0);
if (running(sidecar).length > 0) throw new Error("a sidecar outlives the app whose window was closed");
await second.forget();

const app = await start(program);
await app.until("running", HEADING, "Running");

const killed = serving();
process.kill(killed, "SIGKILL");
await until("after the sidecar was killed, another", () => serving() && serving() !== killed);
await app.press("Stop");
await app.until("stopped", HEADING, "Stopped");

const frozen = serving();
process.kill(frozen, "SIGSTOP");
await app.until("the frozen sidecar is told of", TEXT, "is being started again");
await until("after the sidecar was frozen, another", () => serving() && serving() !== frozen);
if (running(sidecar).includes(frozen)) throw new Error(`the frozen sidecar ${frozen} is still there`);
await app.press("Resume");
await app.until("running again", HEADING, "Running");

await app.press("Destroy…");
await app.until("what is lost", TEXT, "holds nothing that is not on this computer");
await app.press("Destroy carapace-node");
await app.until("destroyed", HEADING, "Launch a server");
await app.end();
await until("no sidecar is left", () => running(sidecar).length === 0);
