// An error, with what can be done about it as buttons.
import type { ErrorData, Remedy } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";

/** `said` is what the page says already. */
export function problemCard(app: App, error: ErrorData, { dismiss = false, warning = false, said = "" } = {}): TemplateResult {
  const { remedies = [], docs } = error;
  return html`
    <section class=${warning ? "card warning" : "card problem"} role=${warning ? "note" : "alert"}>
      <h2>${error.title ?? "That did not work"}</h2>
      ${said.startsWith(error.message) ? nothing : html`<p>${error.message}</p>`}
      ${error.hint ? html`<p class="hint">${error.hint}</p>` : nothing}
      ${error.detail ? html`<details><summary>What was printed</summary><pre tabindex="0">${error.detail}</pre></details>` : nothing}
      ${remedies.length > 0 || docs !== undefined || dismiss ? html`
        <div class="buttons">
          ${remedies.map((remedy, i) => remedyButton(app, remedy, i === 0))}
          ${docs === undefined ? nothing : html`<button type="button" @click=${() => app.open(docs)}>Read more</button>`}
          ${dismiss ? html`<button type="button" class="link" @click=${() => app.dismiss()}>Dismiss</button>` : nothing}
        </div>` : nothing}
    </section>
  `;
}

function remedyButton(app: App, remedy: Remedy, first: boolean): TemplateResult {
  const { command } = remedy;
  const label = command === undefined ? remedy.label : `Copy “${command}”`;
  const off = remedy.method !== undefined && app.pending !== undefined;
  return html`
    <button type="button" class=${first ? "main" : nothing} title=${command === undefined ? nothing : remedy.label} aria-disabled=${off ? "true" : nothing}
      @click=${() => off || app.remedy(remedy)}>${label}</button>`;
}
