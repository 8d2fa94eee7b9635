import type { Event as ServerEvent } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";
import { sentence, story } from "../rules/history.ts";
import { duration, shortTime, when } from "../rules/words.ts";

export function historyPage(app: App): TemplateResult {
  const { value, busy, problem } = app.history;
  return html`
    <section class="card" aria-labelledby="history" aria-busy=${busy ? "true" : "false"}>
      <h2 id="history">History</h2>
      ${problem ? html`<p>${problem.message}</p>` : nothing}
      ${value?.events.length === 0 ? html`<p class="quiet">Nothing has happened yet.</p>` : nothing}
      <ol class="events">${story(value?.events ?? []).map(event)}</ol>
    </section>
  `;
}

function event(one: ServerEvent): TemplateResult {
  const { at, type, operation, source, costs } = one;
  const failed = operation?.state === "failed";
  return html`
    <li class=${failed ? "failed" : type}>
      <time datetime=${at} title=${when(at)}>${shortTime(at)}</time>
      <div>
        <p>${sentence(one)}</p>
        <p class="quiet small">
          ${operation ? `${operation.kind}, ${operation.state} in ${duration(operation.elapsedSeconds)}` : nothing}
          ${source === "external" ? "Not Carapace's doing." : nothing}
          ${costs === "unknown" ? "What costs money was not known." : nothing}
        </p>
      </div>
    </li>`;
}
