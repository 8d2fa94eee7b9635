// First run: SkyPilot is not there, too old, or does not run.
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";
import { operationCard } from "./operation.ts";

export function installCard(app: App): TemplateResult {
  const { operation } = app;
  if (operation) return operationCard(app, operation, operation.cancelable ? html`
    <div class="buttons"><button aria-disabled=${app.pending ? "true" : nothing} @click=${() => app.pending ?? app.cancelInstall()}>Cancel</button></div>` : nothing);
  const { value, busy } = app.skypilot;
  const problem = value?.problem ?? app.skypilot.problem?.data;
  const installed = value?.installed ?? true;
  return html`
    <section class="card first">
      <h2>${installed ? "SkyPilot has to be renewed" : "One thing is missing"}</h2>
      <p>Carapace rents servers through SkyPilot, a free program. ${installed
        ? html`The one on this computer can't be used: ${problem?.message}`
        : html`It is not on this computer yet.`}</p>
      <p class="quiet">It is put into a folder of its own. No administrator's rights are needed, and nothing else on this computer is changed.</p>
      <div class="buttons">
        <button class="main big" aria-disabled=${app.pending ? "true" : nothing} @click=${() => app.pending ?? app.install()}>Install SkyPilot</button>
        <button aria-disabled=${busy ? "true" : nothing} @click=${() => busy || app.checkSkyPilot()}>Look again</button>
        <button @click=${() => app.show("checkup")}>Check this computer</button>
      </div>
      ${value && value.install.length > 0 ? html`
        <details>
          <summary>Install it by hand</summary>
          ${value.install.map(({ title, command }) => html`
            <p>${title}</p>
            <div class="command"><code tabindex="0">${command}</code><button @click=${() => app.copy(command)}>Copy</button></div>`)}
        </details>` : nothing}
    </section>
  `;
}
