// The app in its window, through the WebKitWebDriver of window.sh.
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

/**
 * Starts the app. end() ends it as a crash does: without a word to the page. forget() is for one that
 * has ended by itself: the driver allows one session and keeps that of a program that has gone.
 */
export async function start(program) {
  const wanted = { alwaysMatch: { "webkitgtk:browserOptions": { binary: program, args: [] } } };
  // While the one before is ending, the single-instance plugin can't reach it and the start fails.
  const attempt = () => call("POST", "/session", { capabilities: wanted });
  const { sessionId } = await attempt().catch(attempt).catch(attempt);
  const session = `/session/${sessionId}`;
  const run = (script, ...args) => call("POST", `${session}/execute/sync`, { script, args });
  return {
    run,
    reload: () => call("POST", `${session}/refresh`, {}),
    end: () => call("DELETE", session),
    forget: () => call("DELETE", session).catch(() => {}),
    press: (name) => run("[...document.querySelectorAll('button')].find((one) => one.innerText.trim() === arguments[0]).click()", name),
    until: (what, script, ...args) => until(what, () => run(`return ${script}`, ...args), () => run("return document.body.innerText")),
  };
}
