// A server's life in the real window, with what goes wrong in one: drive.js PROGRAM.
// The sidecar is the one beside PROGRAM, which Tauri starts.
import { execFileSync, spawn } from "node:child_process";
import { parent, running } from "./processes.js";
import { ask, sidecarOf } from "./sidecar.js";
import { HEADING, start, TEXT, until } from "./webdriver.js";

const program = process.argv[2];
const sidecar = sidecarOf(program);

/** The process that the app talks to: the simulated cloud runs the same program, as its child. */
const serving = () => running(sidecar).find((id) => running(program).includes(parent(id)));

const first = await start(program);
await until(`${program} runs ${sidecar}`, serving);
await first.until("the price", "document.querySelector('.amount') !== null");
// However long the next starts take, the launch is in its middle.
ask(program, "simulate.inject", { fault: "launch_hangs" });
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
await app.until("the launch is found once more", TEXT, "Launching your server");
ask(program, "simulate.clear");
await app.until("running", HEADING, "Running");

await app.run("document.querySelector('.command').closest('details').open = true");
await app.press("Copy");
await app.until("the command to log in is copied", TEXT, "Copied.");

const LOG = "(document.querySelector('.tab[aria-pressed=true]')?.innerText === 'Latest' ? document.querySelector('.log').textContent : '')";
const openLog = () => app.run("[...document.querySelectorAll('details')].find((one) => one.innerText.trim() === 'Log').open = true");
await openLog();
// Its beginning was told to the first window, which has gone.
await app.until("the whole log of the launch", `/Considered resources.*Cluster launched/s.test(${LOG})`);
const log = await app.run(`return ${LOG}`);

const before = serving();
await app.reload();
await until("after the page was reloaded, another sidecar alone", () => serving() && !running(sidecar).includes(before));
await app.until("running, after that", HEADING, "Running");
await openLog();
await app.until("the same log, after that", `${LOG}.startsWith(arguments[0])`, log);

const shown = () => execFileSync("xdotool", ["search", "--name", "^Carapace$"], { encoding: "utf8" }).trim().split("\n")
  .filter((id) => execFileSync("xprop", ["-id", id, "WM_STATE"], { encoding: "utf8" }).includes("Normal"));
if (shown().length !== 1) throw new Error(`the app has ${shown().length} windows`);
execFileSync("xdotool", ["windowminimize", ...shown()]);
await until("the window is an icon", () => shown().length === 0);
const again = spawn(program, { stdio: "ignore" });
await until("a second start has ended", () => again.exitCode !== null);
await until("it has brought the first window back", () => shown().length === 1);
if (again.exitCode !== 0 || running(program).length !== 1) throw new Error(`the second start ended with ${again.exitCode}`);

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
