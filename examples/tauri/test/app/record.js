// Plays and films what recording.sh makes pictures of: record.js PROGRAM FOLDER.
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { HEADING, start, TEXT } from "./webdriver.js";

const [program, folder] = process.argv.slice(2);
const pause = (ms = 1500) => new Promise((resolve) => setTimeout(resolve, ms)); // for whoever watches

const app = await start(program);
await app.until("the price", "document.querySelector('.amount') !== null");
execFileSync("wmctrl", ["-r", "Carapace", "-b", "add,fullscreen"]); // no frame of this machine's
await pause();
const grab = ["-loglevel", "error", "-f", "x11grab", "-draw_mouse", "0", "-framerate", "5", "-i", process.env.DISPLAY];
const photograph = (name) => execFileSync("ffmpeg", [...grab, "-frames:v", "1", join(folder, `${name}.png`)]);
const camera = spawn("ffmpeg", [...grab, "-c:v", "ffv1", join(folder, "app.mkv")], { stdio: ["pipe", "inherit", "inherit"] });
await pause(3000);
photograph("app-launch");
await app.press("Launch server");
await app.until("running", HEADING, "Running");
await pause();
photograph("app-running");
await app.press("Stop");
await app.until("stopped", HEADING, "Stopped");
await pause();
await app.press("Destroy…");
await app.until("what is lost", TEXT, "This can't be undone");
await pause(3000);
camera.stdin.end("q");
await new Promise((resolve) => camera.on("exit", resolve));
await app.end();
