// The frame: what is on every page.
import { html, nothing, type TemplateResult } from "lit-html";
import type { App, Page } from "../app.ts";
import { checkupPage } from "./checkup.ts";
import { historyPage } from "./history.ts";
import { installCard } from "./install.ts";
import { launchCard } from "./launch.ts";
import { problemCard } from "./problem.ts";
import { questionDialog } from "./question.ts";
import { serverPage } from "./server.ts";

const PAGES: readonly { page: Page; name: string }[] = [
  { page: "server", name: "Server" },
  { page: "history", name: "History" },
  { page: "checkup", name: "Check-up" },
];

export function shell(app: App): TemplateResult {
  const { sidecar, state } = app.snapshot;
  return html`
    <header class="bar">
      <h1>${mark()} Carapace</h1>
      ${sidecar?.simulated ? html`<span class="pill" title="The cloud is simulated: nothing is real, nothing costs.">Simulated</span>` : nothing}
      <nav aria-label="Pages">
        ${PAGES.map(({ page, name }) => html`
          <button class="tab" aria-current=${app.page === page ? "page" : nothing} @click=${() => app.show(page)}>${name}</button>`)}
      </nav>
    </header>
    <div role="status" class="notices">
      ${state === "restarting" ? html`<p class="notice">Carapace's helper has ended and is being started again. What goes on in the cloud goes on.</p>` : nothing}
      ${app.notice === "" ? nothing : html`<p class="notice">${app.notice}</p>`}
    </div>
    <main>${body(app)}</main>
    ${questionDialog(app)}
  `;
}

function body(app: App): TemplateResult {
  if (app.screen === "failed") return failedCard(app);
  if (app.page === "history") return historyPage(app);
  if (app.page === "checkup") return checkupPage(app);
  const { refusal, lastFailure } = app;
  return html`
    ${refusal ? problemCard(app, refusal, { dismiss: true }) : nothing}
    ${lastFailure ? problemCard(app, lastFailure, { dismiss: true }) : nothing}
    ${firstPage(app)}
  `;
}

function firstPage(app: App): TemplateResult {
  switch (app.screen) {
    case "install": return installCard(app);
    case "launch": return launchCard(app);
    case "server": return serverPage(app);
    default: return html`<section class="card quiet" aria-busy="true"><p>One moment…</p></section>`;
  }
}

function failedCard(app: App): TemplateResult {
  const { error } = app.snapshot;
  return html`
    <section class="card problem" role="alert">
      <h2>Carapace's helper can't be run</h2>
      <p>${error?.message}</p>
      <p>${error?.hint}</p>
      <p class="quiet">A server that is up stays up, and goes on costing money, until it is stopped or destroyed.</p>
      <div class="buttons"><button class="main" @click=${() => app.session.restart()}>Try again</button></div>
    </section>
  `;
}

function mark(): TemplateResult {
  return html`
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 20a10 10 0 0 1 20 0z M16 10v10 M11.5 12l1.5 8 M20.5 12l-1.5 8 M8 25h16" />
    </svg>`;
}
