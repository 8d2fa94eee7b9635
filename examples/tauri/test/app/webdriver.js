// The app in its window, through the WebKitWebDriver of window.sh.
import { execFileSync } from "node:child_process";
import { running } from "./processes.js";

const DRIVER = `http://127.0.0.1:${process.env.DRIVER}`;
const SECONDS = 90; // for one step, on a busy machine

export const HEADING = "[...document.querySelectorAll('h2')].some((one) => one.innerText.trim() === arguments[0])";
export const TEXT = "document.body.innerText.includes(arguments[0])";

/** Calls check until it returns something, and returns that; fails after so many seconds. */
export async function wait(what, check, told = async () => "", seconds = SECONDS) {
  const began = Date.now();
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() - began > seconds * 1000) throw new Error(`not seen: ${what}\n${await told()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Is wait, and prints how long it took. */
export async function until(what, ...how) {
  const began = Date.now();
  const found = await wait(what, ...how);
  console.log(`${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return found;
}

async function call(method, path, body) {
  const answer = await fetch(DRIVER + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.message}`);
  return value;
}

/** Whether the name on the session bus is taken by which the example finds one of itself that runs already. */
function named() {
  const bus = ["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner"];
  return execFileSync("dbus-send", [...bus, "string:dev.carapace.example.SingleInstance"], { encoding: "utf8" }).includes("true");
}

/**
 * Starts the app. end() ends it as a crash does: without a word to the page. forget() is for one that
 * has ended by itself: the driver allows one session and keeps that of a program that has gone.
 * Both wait until another one can be started: the single-instance plugin of one that starts while its
 * name is on the bus asks the one before, which does not answer any more.
 */
export async function start(program) {
  const others = running(program);
  const wanted = { alwaysMatch: { "webkitgtk:browserOptions": { binary: program, args: [] } } };
  const { sessionId } = await call("POST", "/session", { capabilities: wanted });
  const session = `/session/${sessionId}`;
  const run = (script, ...args) => call("POST", `${session}/execute/sync`, { script, args });
  const own = running(program).filter((id) => !others.includes(id));
  const gone = () => wait("the app has gone", () => !running(program).some((id) => own.includes(id)) && !named());
  return {
    run,
    reload: () => call("POST", `${session}/refresh`, {}),
    end: () => call("DELETE", session).then(gone),
    forget: () => call("DELETE", session).catch(() => {}).then(gone),
    /** Presses a button as a person does: what only one may do, as to copy, is allowed. */
    press: async (name) => {
      const found = await run("return [...document.querySelectorAll('button')].find((one) => one.innerText.trim() === arguments[0])", name);
      if (!found) throw new Error(`there is no button ${name}\n${await run("return document.body.innerText")}`);
      await call("POST", `${session}/element/${Object.values(found)[0]}/click`, {});
    },
    until: (what, script, ...args) => until(what, () => run(`return ${script}`, ...args), () => run("return document.body.innerText")),
  };
}
