import { render } from "lit-html";
import { App } from "./app.ts";
import { findHost } from "./host/host.ts";
import { shell } from "./views/shell.ts";
import "./style.css";

const root = document.querySelector<HTMLElement>("#app")!;

// Many changes may come at once: one picture of them is enough.
let due = false;
function draw(): void {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    const focused = document.activeElement;
    render(shell(app), root);
    if (focused && !focused.isConnected) keepFocus();
  });
}

// What had the focus is gone: who uses the keyboard goes on from the page's heading, not from the window's beginning.
function keepFocus(): void {
  const heading = root.querySelector<HTMLElement>("dialog[open], main h2");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

const app = new App(await findHost(), draw);
draw();
// SkyPilot reads its own bills for it, which takes seconds of a processor: so it is seldom asked, and not for a hidden window.
setInterval(() => document.hidden || app.askCost(), 10 * 60_000);
