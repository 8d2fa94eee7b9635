// Whether the vaults on the server are the same as here.
import type { Cluster, Methods } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { App } from "../app.ts";
import { bytes, shortTime } from "../rules/words.ts";

type Vault = Methods["vault.status"]["result"]["vaults"][number];

const STATES: Readonly<Record<string, string>> = { in_sync: "The same", differs: "Different" };

export function vaultsCard(app: App, cluster: Cluster): TemplateResult {
  const { value, busy, problem } = app.vaults;
  const looks = cluster.machine === "running" && !cluster.operation;
  return html`
    <section class="card" aria-labelledby="vaults" aria-busy=${busy ? "true" : "false"}>
      <h2 id="vaults">Vaults</h2>
      ${problem ? html`<p>${problem.message}</p>` : nothing}
      ${!value && !problem ? html`<p class="quiet">${busy ? "One moment…" : "They are looked at when nothing else goes on."}</p>` : nothing}
      ${value?.vaults.length === 0 ? html`<p>There are none on it.</p>` : nothing}
      <ul class="plain">${(value?.vaults ?? []).map(vault)}</ul>
      ${value?.watch.reason ? html`<p class="inset">${value.watch.reason.message}</p>` : nothing}
      ${looks ? html`
        <label class="check">
          <input type="checkbox" .checked=${live(value?.watch.on ?? false)} @change=${(event: Event) => app.watchVaults((event.target as HTMLInputElement).checked)} />
          <span>Keep them the same while this app runs</span>
        </label>
        <div class="buttons"><button aria-disabled=${busy ? "true" : nothing} @click=${() => busy || app.compareVaults()}>${busy ? "Comparing…" : "Compare now"}</button></div>` : nothing}
    </section>
  `;
}

function vault({ vault: name, local, state, files, bytes: size, changes, changedHere, lastSame, reason }: Vault): TemplateResult {
  const counts = changes ? [[changes.added, "new"], [changes.changed, "changed"], [changes.deleted, "only on the server"]] as const : [];
  const differences = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ");
  return html`
    <li>
      <p><strong>${name === "public" ? "Public" : "Private"}</strong> <span class=${`badge ${state}`}>${STATES[state] ?? (lastSame && !changedHere ? "Unchanged here" : "Not compared")}</span></p>
      <p class="quiet small" title=${local}>${files === 1 ? "1 file" : `${files} files`}, ${bytes(size)}${differences && `; ${differences}`}${lastSame ? `; the same at ${shortTime(lastSame)}` : nothing}</p>
      ${reason ? html`<p class="small">${reason.message}</p>` : nothing}
    </li>`;
}
