// Measures the app in its real window: measure.js PROGRAM CHANGES. Prints when it has drawn its first words and can be
// used, and what memory it takes, before and after so many changes of a server's status that its page has shown.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parent, running } from "./processes.js";
import { flagsOf, sidecarOf } from "./sidecar.js";
import { HEADING, start, wait } from "./webdriver.js";

const [program, changes] = [process.argv[2], Number(process.argv[3])];
const sidecar = sidecarOf(program);

/** A sidecar of the same state folder, which changes the server behind the app's back. */
function another() {
  const child = spawn(sidecar, flagsOf(program), { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, error, result } = JSON.parse(line);
    if (error) throw new Error(error.message);
    waiting.get(id)?.(result);
  });
  return {
    call: (method, params = {}) => new Promise((resolve) => {
      const id = waiting.size;
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    }),
    end: () => new Promise((resolve) => {
      child.on("exit", resolve);
      child.stdin.end();
    }),
  };
}

/** When a process began, in milliseconds since 1970: to a hundredth of a second. */
function began(id) {
  const [uptime] = readFileSync("/proc/uptime", "utf8").split(" ");
  const ticks = readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1].split(" ")[19];
  return Date.now() - (Number(uptime) - Number(ticks) / 100) * 1000;
}

/** The memory that processes take, in MB: what they share with others is divided among all (PSS). */
function megabytes(ids) {
  const kilobytes = ids.map((id) => Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]));
  return (kilobytes.reduce((sum, one) => sum + one, 0) / 1000).toFixed(1);
}

function memory() {
  const [main] = running(program);
  const own = running(sidecar).find((id) => parent(id) === main);
  const ofApp = (id) => id === main || (id !== own && id !== 0 && ofApp(parent(id)));
  const rest = readdirSync("/proc").filter((id) => /^\d+$/.test(id)).map(Number).filter(ofApp);
  return `the app with its web view takes ${megabytes(rest)} MB, its sidecar ${megabytes([own])} MB`;
}

const app = await start(program);
await app.until("the price", "document.querySelector('.amount') !== null");
const usable = Date.now();
const painted = await app.run("return performance.getEntriesByName('first-contentful-paint').map((one) => performance.timeOrigin + one.startTime)[0]");
const from = began(running(program)[0]);
console.log(`from the program's start: ${((painted - from) / 1000).toFixed(2)} s to the first words, at most ${((usable - from) / 1000).toFixed(2)} s to the price`);
await app.press("Launch server");
await app.until("running", HEADING, "Running");

const other = another();
console.log(`before: ${memory()}`);
const first = Date.now();
for (let change = 1; change <= changes; change++) {
  // What was started behind SkyPilot's back it can't work with.
  const [action, heading] = change % 2 === 1 ? ["stop", "Stopped"] : ["start", "Needs attention"];
  await other.call("simulate.outside", { action });
  await other.call("cluster.status", { refresh: true });
  await wait(`change ${change}: ${heading}`, () => app.run(`return ${HEADING}`, heading));
  if (change % 100 === 0) console.log(`after ${change} changes: ${memory()}`);
}
console.log(`${changes} changes of the status were shown in ${((Date.now() - first) / 1000).toFixed(0)} s`);
await other.end();
await app.end();
