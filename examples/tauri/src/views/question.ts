// A question in a dialog. The browser keeps the focus in it, and gives it back afterwards.
import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { App } from "../app.ts";
import { loss } from "../rules/loss.ts";

export function questionDialog(app: App): TemplateResult | typeof nothing {
  const { question } = app;
  if (!question) return nothing;
  const answer = (event: Event, yes: boolean) => {
    (event.currentTarget as Element).closest("dialog")?.close();
    app.answer(yes);
  };
  return html`
    <dialog aria-labelledby="question" aria-describedby="question-text" ${ref(opened)} @close=${() => app.answer(false)}>
      <h2 id="question">${question.title}</h2>
      <p id="question-text">${question.text}</p>
      ${question.losses ? losses(app) : question.more ? html`<div class="losses">${question.more.map((sentence) => html`<p>${sentence}</p>`)}</div>` : nothing}
      <div class="buttons end">
        <button autofocus @click=${(event: Event) => answer(event, false)}>${question.refuse}</button>
        <button class=${question.danger ? "danger filled" : "main"} @click=${(event: Event) => answer(event, true)}>${question.answer}</button>
      </div>
    </dialog>
  `;
}

function losses(app: App): TemplateResult {
  const { busy, value, problem } = app.vaults;
  const looked = app.cluster?.machine === "running";
  return html`
    <div class="losses" role="status" aria-busy=${busy ? "true" : "false"}>
      ${busy ? html`<p>Looking what is on the server alone…</p>`
        : problem ? html`<p>What is on the server alone could not be found out. ${problem.message}</p>`
        : loss(value?.vaults ?? [], looked).map((sentence) => html`<p>${sentence}</p>`)}
    </div>
  `;
}

function opened(element: Element | undefined): void {
  const dialog = element as HTMLDialogElement | undefined;
  // It is not in the document yet.
  queueMicrotask(() => {
    if (dialog?.isConnected && !dialog.open) dialog.showModal();
  });
}
