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
    render(shell(app), root);
  });
}

const app = new App(await findHost(), draw);
draw();
