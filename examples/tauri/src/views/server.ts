// The server: where it stands, what it costs, what can be done with it.
import type { Cluster } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { App } from "../app.ts";
import { buttons, type Button } from "../rules/buttons.ts";
import { duration, money, serviceWords, statusName, when } from "../rules/words.ts";
import { logCard } from "./log.ts";
import { operationCard } from "./operation.ts";
import { problemCard } from "./problem.ts";
import { vaultsCard } from "./vaults.ts";

export function serverPage(app: App): TemplateResult {
  const cluster = app.cluster!;
  const { description, operation, error, warnings = [] } = cluster;
  return html`
    ${statusCard(app, cluster)}
    ${operation ? operationCard(app, operation) : nothing}
    ${error && !operation ? problemCard(app, error, { said: description }) : nothing}
    ${warnings.map((warning) => problemCard(app, warning, { warning: true }))}
    <div class="columns">${moneyCard(app, cluster)} ${vaultsCard(app, cluster)}</div>
    ${connectionCard(app)}
    ${logCard(app)}
  `;
}

function statusCard(app: App, cluster: Cluster): TemplateResult {
  const { status, description, cloud, region, instanceType, resources, ip, service, checkedAt, reachability, owner } = cluster;
  return html`
    <section class="card status" aria-labelledby="status">
      <div class="head">
        <h2 id="status"><span class=${`dot ${status}`} aria-hidden="true"></span>${statusName(status)}</h2>
        <span class="quiet">${cluster.name}</span>
      </div>
      <p class="lead" role="status" aria-live="polite">${description}</p>
      ${owner.mine ? nothing : html`<p class="inset">It belongs to ${owner.user ?? "another user"}, and is left alone.</p>`}
      <dl class="facts">
        ${fact("Where", [app.form.nameOf(cloud), region].filter(Boolean).join(" "))}
        ${fact("Machine", [resources, instanceType && `(${instanceType})`].filter(Boolean).join(" "))}
        ${fact("Address", ip)}
        ${fact("Service", service && serviceWords(service))}
        ${fact("Seen", checkedAt && when(checkedAt))}
      </dl>
      ${reachability.ok || !reachability.error ? nothing : html`<p class="inset">It can't be looked at now, so this is what was known last. ${reachability.error.message}</p>`}
      <div class="buttons">
        ${repeat(buttons(cluster), ({ method }) => method, (button) => actionButton(app, button))}
        <button class="link" aria-disabled=${app.looking ? "true" : nothing} @click=${() => app.looking || app.refresh()}>Look again</button>
      </div>
    </section>
  `;
}

// A button that can't be pressed keeps its place in the order of the keyboard, so that its reason can be read.
function actionButton(app: App, { method, label, enabled, whyNot, look }: Button): TemplateResult {
  const off = !enabled || app.pending !== undefined;
  return html`
    <button class=${look} title=${whyNot || nothing} aria-disabled=${off ? "true" : nothing} @click=${() => off || app.press(method)}>${label}</button>`;
}

function moneyCard(app: App, { costs }: Cluster): TemplateResult {
  const { value, at } = app.cost;
  return html`
    <section class="card" aria-labelledby="money">
      <h2 id="money">Cost</h2>
      <p>${costs.sentence ?? (costs.now === "unknown" ? "It is not known whether anything costs money." : "Nothing costs money.")}</p>
      <dl class="facts">
        ${fact("An hour", costs.hourly === undefined ? undefined : money(costs.hourly))}
        ${fact("A month", costs.monthly === undefined ? undefined : money(costs.monthly))}
        ${fact("So far", value?.totalKnown ? `${money(value.total)}${value.since ? ` in ${duration((at - Date.parse(value.since)) / 1000)}` : ""}` : undefined)}
      </dl>
      ${costs.basis ? html`<p class="quiet small">${costs.basis}</p>` : nothing}
    </section>
  `;
}

function connectionCard(app: App): TemplateResult | typeof nothing {
  const { value } = app.connection;
  if (!value) return nothing;
  return html`
    <details class="card">
      <summary><h2>Log in</h2></summary>
      <p>In a terminal of this computer:</p>
      <div class="command"><code tabindex="0">${value.sshCommand}</code><button @click=${() => app.copy(value.sshCommand)}>Copy</button></div>
      ${(value.endpoints ?? []).map(({ port, address }) => html`<p>Port ${port}: <code>${address}</code></p>`)}
    </details>
  `;
}

export function fact(name: string, value: string | undefined): TemplateResult | typeof nothing {
  return value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing;
}
