// The built page in Chromium, on the simulated cloud, each story in a state folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { bridge, sidecarPath } from "../bridge/bridge.js";
import { chromiumPath } from "./browser.js";

const app = fileURLToPath(new URL("..", import.meta.url));
const pictures = process.env.SCREENSHOTS ?? join(app, "test", "screenshots");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** How each screen is looked at. */
const LOOKS = {
  light: { colorScheme: "light", width: 940, height: 780 },
  dark: { colorScheme: "dark", width: 940, height: 780 },
  narrow: { colorScheme: "light", width: 360, height: 740 },
};

/** Starts a browser. */
export async function startBrowser() {
  return chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
}

/**
 * Opens the page on a state folder of its own. `faults` are what the simulated cloud has;
 * `real` serves no simulated cloud, on a computer that has nothing but, where it is given, the program
 * `sky`; `broken` serves a program that ends at once; `flags` are more of the sidecar's.
 */
export async function open(browser, { faults = [], real = false, sky, broken = false, flags = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "carapace-app-"));
  const state = join(folder, "state");
  const vaults = join(folder, "project");
  for (const vault of ["public", "private"]) mkdirSync(join(vaults, "data", vault), { recursive: true });
  const args = [...(real ? [] : ["--simulate"]), "--state-dir", state, "--project", vaults, ...flags];
  if (sky) writeFileSync(join(folder, "sky"), sky, { mode: 0o755 });
  const env = { ...process.env, HOME: folder, PATH: real ? folder : process.env.PATH };
  const call = (method, params) => execFileSync(sidecarPath(), [...args, "call", method, JSON.stringify(params)], { env });
  for (const fault of faults) call("simulate.inject", { fault });

  const children = new Set();
  const start = () => {
    const child = spawn(sidecarPath(), broken ? ["--no-such-flag"] : args, { stdio: "pipe", env, cwd: folder });
    children.add(child);
    child.on("close", () => children.delete(child));
    return child;
  };
  const server = await preview({
    root: app, configFile: false, logLevel: "warn", preview: { host: "127.0.0.1", port: 0, open: false },
    plugins: [{ name: "sidecar", configurePreviewServer: (vite) => bridge(vite.httpServer, start) }],
  });
  const context = await browser.newContext({ viewport: { width: 940, height: 780 }, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faulty = [];
  page.on("pageerror", (error) => faulty.push(error.message));
  page.on("console", (message) => message.type() === "error" && faulty.push(message.text()));
  await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
  return {
    page, vaults, children, call,
    /** What the page complained of. */
    faulty,
    async close() {
      await context.close();
      await server.close();
      await Promise.all([...children].map((child) => new Promise((resolve) => child.on("close", resolve))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Takes a picture of what is shown in each look, and returns what axe finds wrong with it, and
 * where it does not fit into the window.
 */
export async function look(page, name) {
  mkdirSync(pictures, { recursive: true });
  const wrong = [];
  for (const [kind, { colorScheme, width, height }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(pictures, `${name}-${kind}.png`), fullPage: !(await page.locator("dialog").count()) });
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) wrong.push(`${kind}: wider than the window`);
    if (kind === "narrow") continue; // what axe looks at is the same there
    if (kind === "light") await page.addScriptTag({ path: axe });
    // In the dark only the colours are others.
    const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { resultTypes: ["violations"], ...rules }),
      kind === "dark" ? { runOnly: ["color-contrast"] } : {});
    for (const { id, help, nodes } of violations) wrong.push(`${kind}: ${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 940, height: 780 });
  return wrong;
}
