// Ends the app by force again and again, in the middle of a server's life: quits.js PROGRAM COUNT SEED.
// Nothing may be left running after any of them, and each operation that was accepted must end as it should.
import { spawn } from "node:child_process";
import { running } from "./processes.js";
import { ask, sidecarOf } from "./sidecar.js";

const [program, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const sidecar = sidecarOf(program);
const LIFE = ["cluster.launch", "cluster.stop", "cluster.start", "cluster.destroy"];
const PARAMS = { "cluster.launch": { spec: { cloud: "aws" } } };

// The same instants for the same seed: Lehmer's generator, as in "minstd".
let drawn = seed;
const random = () => (drawn = (drawn * 48271) % 2147483647) / 2147483647;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const accepted = [];
let orphans = 0;
let inTheMiddle = 0;
for (let quit = 0; quit < count; quit++) {
  const last = accepted.at(-1);
  if (!last || ask(program, "operation.get", { id: last }).endedAt) {
    const method = LIFE[accepted.length % LIFE.length];
    accepted.push(ask(program, method, PARAMS[method] ?? {}).operation.id);
  }
  const app = spawn(program, { stdio: "ignore" });
  const ended = new Promise((resolve) => app.on("exit", resolve));
  await pause(200 + random() * 3000);
  app.kill("SIGKILL");
  await ended;
  for (let waited = 0; waited < 10_000 && running(sidecar).length > 0; waited += 100) await pause(100);
  const left = running(sidecar);
  orphans += left.length;
  for (const id of left) process.kill(id, "SIGKILL");
  if (!ask(program, "operation.get", { id: accepted.at(-1) }).endedAt) inTheMiddle++;
}

const lost = accepted.map((id) => ask(program, "operation.wait", { id }, "--wait")).filter(({ state }) => state !== "succeeded");
console.log(`${count} force-quits (seed ${seed}): ${inTheMiddle} in the middle of an operation; ${orphans} processes left; ` +
  `${accepted.length} operations accepted, ${lost.length} that did not succeed`);
for (const one of lost) console.log(JSON.stringify(one));
if (orphans > 0 || lost.length > 0 || inTheMiddle === 0) process.exit(1);
