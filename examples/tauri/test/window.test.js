// The window's stories: what a person sees and presses.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { look, open, startBrowser } from "./harness.js";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser?.close());

/** A story of its own, in which the page may not complain of anything. */
function story(name, options, tell) {
  test(name, { timeout: 240_000 }, async (t) => {
    const app = await open(browser, options);
    t.after(app.close);
    await tell(app);
    assert.deepEqual(app.faulty, []);
  });
}

const status = (page, name) => page.getByRole("heading", { level: 2, name, exact: true }).waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const press = (page, name) => button(page, name).click();
const launches = async (page) => {
  await press(page, "History");
  await page.getByText("launch, succeeded").first().waitFor();
  return page.getByText("launch, succeeded").count();
};

story("launch, stop, resume, destroy", {}, async ({ page, vaults }) => {
  writeFileSync(join(vaults, "data", "public", "notes.md"), "# Notes\n");
  await page.locator(".amount").waitFor();
  assert.deepEqual(await look(page, "launch"), []);
  await press(page, "Launch server");
  await page.getByText("Launching your server").waitFor();
  await status(page, "Running");
  await page.getByText("Log", { exact: true }).click();
  await page.locator(".log", { hasText: "Cluster launched" }).waitFor();
  await press(page, "Machine");
  await page.locator(".log", { hasText: "successfully provisioned" }).waitFor();
  assert.deepEqual(await look(page, "running"), []);

  await press(page, "Stop");
  await status(page, "Stopped");
  assert.deepEqual(await look(page, "stopped"), []);

  await press(page, "Resume");
  await page.getByText("Resuming your server").waitFor();
  await status(page, "Running");

  rmSync(join(vaults, "data", "public", "notes.md"));
  await press(page, "Destroy…");
  await page.getByText("The public vault has 1 file only on the server: notes.md.").waitFor();
  await page.getByText("The private vault on the server holds nothing that is not on this computer.").waitFor();
  assert.deepEqual(await look(page, "destroy"), []);
  await press(page, "Destroy carapace-node");
  await page.getByRole("heading", { name: "Launch a server" }).waitFor();

  await press(page, "History");
  await page.getByText("destroy, succeeded").first().waitFor();
  assert.deepEqual(await look(page, "history"), []);
  await press(page, "Check-up");
  await page.getByText("needed for a launch").or(page.getByText("has to be mended before")).or(page.getByText("All that a launch needs")).waitFor();
  assert.deepEqual(await look(page, "checkup"), []);
});

story("by the keyboard alone", {}, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await button(page, "Launch server").focus();
  await page.keyboard.press("Enter");
  await page.locator("main h2:focus").waitFor(); // the button is gone: the page goes on from its heading
  await status(page, "Running");
  await button(page, "Destroy…").focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog[open]").waitFor();
  assert.equal(await page.locator(":focus").innerText(), "Keep it", "what can't be undone is not what Enter does");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await page.locator(":focus").innerText(), "Destroy…", "the focus is given back");
  await status(page, "Running");
});

story("the first run: there is no SkyPilot", { real: true }, async ({ page }) => {
  await status(page, "One thing is missing");
  await button(page, "Install SkyPilot").waitFor();
  assert.deepEqual(await look(page, "first-run"), []);
});

story("SkyPilot is there and does not run", { real: true, sky: "#!/bin/sh\nexit 1\n" }, async ({ page }) => {
  await status(page, "SkyPilot has to be renewed");
  await page.getByText("is not SkyPilot's, or its Python is broken").waitFor();
  await button(page, "Install SkyPilot").waitFor();
  assert.deepEqual(await look(page, "skypilot-broken"), []);
});

story("SkyPilot is too old, and can't be renewed", { faults: ["old_version"] }, async ({ page }) => {
  await status(page, "SkyPilot has to be renewed");
  await press(page, "Install SkyPilot");
  await page.getByRole("alert").waitFor();
  assert.deepEqual(await look(page, "install-refused"), []);
});

story("a launch is refused, with what can be done about it", { faults: ["credentials_missing"] }, async ({ page }) => {
  await page.getByText("There are no credentials for Amazon Web Services on this computer.").waitFor();
  await press(page, "Launch server");
  const refusal = page.getByRole("alert");
  await refusal.getByRole("heading", { name: "There are no credentials" }).waitFor();
  await refusal.getByRole("button", { name: "Open the page for keys" }).waitFor();
  assert.deepEqual(await look(page, "refused"), []);
  await refusal.getByRole("button", { name: "aws configure" }).click();
  await page.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "aws configure");
  await refusal.getByRole("button", { name: "Dismiss" }).click();
  await refusal.waitFor({ state: "detached" });
});

story("a launch that takes long is canceled", { faults: ["launch_hangs"] }, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await page.locator(".steps .done").nth(1).waitFor();
  assert.deepEqual(await look(page, "launching"), []);
  await press(page, "Cancel");
  await page.getByRole("heading", { name: "Launch a server" }).waitFor();
});

story("a vault's folder is missing: its field is shown", {}, async ({ page, vaults }) => {
  await page.locator(".amount").waitFor();
  rmSync(join(vaults, "data", "private"), { recursive: true });
  await page.getByLabel("Size").selectOption({ index: 1 });
  await page.locator("#private-problem").waitFor();
  assert.equal(await page.getByLabel("Folder of the private vault").getAttribute("aria-invalid"), "true");
  assert.deepEqual(await look(page, "vault-missing"), []);
});

story("a disk that can't be is refused, also where its field is hidden again", {}, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await page.getByText("More choices").click();
  await page.getByLabel("Disk, GB").fill("5");
  await page.getByText("More choices").click();
  await press(page, "Launch server");
  await page.getByRole("alert").getByText("A disk of 5 GB can't be.").waitFor();
});

story("a launch fails", { faults: ["quota"] }, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await page.getByRole("alert").getByRole("heading", { name: "The account's quota does not allow it" }).waitFor();
  await page.getByRole("heading", { name: "Launch a server" }).waitFor();
  assert.ok(await page.getByRole("alert").getByRole("button").count() > 1, "a remedy and Dismiss");
  assert.deepEqual(await look(page, "failed"), []);
});

story("a setup fails: the machine runs and bills", { faults: ["setup_failed"] }, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await status(page, "Needs attention");
  await page.getByRole("alert").getByRole("button").first().waitFor();
  assert.deepEqual(await look(page, "setup-failed"), []);
});

story("a launch takes too long: its log can be read", { faults: ["launch_hangs"], flags: ["--deadline", "2s"] }, async ({ page, call }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await press(page, "Show how the machine was made");
  await page.locator(".log:focus", { hasText: "Provisioning" }).waitFor();
});

story("a sync would delete much: what, is shown before it is asked for", {}, async ({ page, vaults }) => {
  const folder = join(vaults, "data", "public");
  for (let file = 0; file < 60; file++) writeFileSync(join(folder, `note-${file}.md`), "# Note\n");
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await status(page, "Running");
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeFileSync(join(folder, "new.md"), "# New\n");
  await press(page, "Sync vaults");
  await page.getByRole("alert").getByRole("button", { name: "Show what a sync would delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("#question-text", { hasText: "delete 60" }).waitFor();
  await dialog.getByText("note-0.md").waitFor();
  assert.deepEqual(await look(page, "deletions"), []);
  await dialog.getByRole("button", { name: "Sync, and delete 60 files there" }).click();
  await dialog.waitFor({ state: "detached" });
  await press(page, "History");
  await page.getByText("sync, succeeded").nth(1).waitFor(); // that and the one that only looked
});

story("the page is reloaded in the middle of a launch", {}, async ({ page }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await page.locator(".steps .done").nth(1).waitFor();
  await page.reload();
  await page.getByText("Launching your server").waitFor();
  await page.getByText("Log", { exact: true }).click();
  await page.locator(".log", { hasText: "Considered resources" }).waitFor(); // it was printed before
  await status(page, "Running");
  assert.equal(await launches(page), 1);
});

story("the sidecar is killed in the middle of a launch", {}, async ({ page, children }) => {
  await page.locator(".amount").waitFor();
  await press(page, "Launch server");
  await page.locator(".steps .done").nth(1).waitFor();
  for (const child of children) child.kill("SIGKILL");
  await page.getByText("is being started again").waitFor();
  await status(page, "Running");
  assert.equal(await launches(page), 1);
});

story("the sidecar can't be run", { broken: true }, async ({ page }) => {
  await status(page, "Carapace's helper can't be run");
  assert.deepEqual(await look(page, "no-helper"), []);
  await press(page, "Try again");
  await page.getByText("is being started again").waitFor();
});
