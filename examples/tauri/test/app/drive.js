// A server's life in the real window: drive.js PROGRAM, with a WebKitWebDriver at port 4477.
// Its sidecar is the one beside PROGRAM, which Tauri starts.
const DRIVER = "http://127.0.0.1:4477";
const SECONDS = 90; // for one step, on a busy machine
const program = process.argv[2];

async function call(method, path, body) {
  const answer = await fetch(DRIVER + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.message}`);
  return value;
}

/** Starts the app. What it returns ends it as a crash does: without a word to the page. */
async function start() {
  const wanted = { alwaysMatch: { "webkitgtk:browserOptions": { binary: program, args: [] } } };
  // While the one before is ending, the single-instance plugin can't reach it and the start fails.
  const attempt = () => call("POST", "/session", { capabilities: wanted });
  const { sessionId } = await attempt().catch(attempt).catch(attempt);
  const session = `/session/${sessionId}`;
  const run = (script, ...args) => call("POST", `${session}/execute/sync`, { script, args });
  return {
    end: () => call("DELETE", session),
    press: (name) => run("[...document.querySelectorAll('button')].find((one) => one.innerText.trim() === arguments[0]).click()", name),
    async until(what, script, ...args) {
      const began = Date.now();
      while (!(await run(`return ${script}`, ...args))) {
        if (Date.now() - began > SECONDS * 1000) throw new Error(`not seen: ${what}\n${await run("return document.body.innerText")}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      console.log(`${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    },
  };
}

const HEADING = "[...document.querySelectorAll('h2')].some((one) => one.innerText.trim() === arguments[0])";
const TEXT = "document.body.innerText.includes(arguments[0])";

const first = await start();
await first.until("the price", "document.querySelector('.amount') !== null");
await first.press("Launch server");
await first.until("two steps of the launch", "document.querySelectorAll('.steps .done').length > 1");
await first.end();
console.log("the app was ended in the middle of the launch");

const app = await start();
await app.until("the launch is found again", TEXT, "Launching your server");
await app.until("running", HEADING, "Running");
await app.press("Stop");
await app.until("stopped", HEADING, "Stopped");
await app.press("Resume");
await app.until("running again", HEADING, "Running");
await app.press("Destroy…");
await app.until("what is lost", TEXT, "holds nothing that is not on this computer");
await app.press("Destroy carapace-node");
await app.until("destroyed", HEADING, "Launch a server");
await app.end();
