// What doctor finds on this computer.
import type { Check } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";

const MARKS: Readonly<Record<string, { sign: string; word: string }>> = {
  ok: { sign: "✓", word: "In order" },
  warn: { sign: "!", word: "To be known" },
  fail: { sign: "✕", word: "Has to be mended" },
};

export function checkupPage(app: App): TemplateResult {
  const { busy, value, problem } = app.checkup;
  const checks = busy ? app.checks : value?.checks ?? [];
  return html`
    <section class="card" aria-labelledby="checkup" aria-busy=${busy ? "true" : "false"}>
      <h2 id="checkup">Check-up</h2>
      <p class="lead" role="status">${busy ? "Looking at what a launch needs…" : problem ? problem.message : value?.ok ? "All that a launch needs is there." : "Something has to be mended before a launch."}</p>
      <ul class="checks">${checks.map(check)}</ul>
      <div class="buttons"><button aria-disabled=${busy ? "true" : nothing} @click=${() => busy || app.checkUp()}>Check again</button></div>
    </section>
  `;
}

function check({ title, status, message, fix }: Check): TemplateResult {
  const { sign, word } = MARKS[status] ?? { sign: "?", word: status };
  return html`
    <li class=${status}>
      <span class="sign" role="img" aria-label=${word}>${sign}</span>
      <div><p><strong>${title}</strong></p><p class="quiet">${message}</p>${fix ? html`<p>${fix}</p>` : nothing}</div>
    </li>`;
}
