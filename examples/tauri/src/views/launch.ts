// There is no server: provider, place and size with their price, and the button.
import type { Provider } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { ref } from "lit-html/directives/ref.js";
import type { App } from "../app.ts";
import { DISK_GB, type Choice, type LaunchForm } from "../launch-form.ts";
import { buttons } from "../rules/buttons.ts";
import { bytes, money } from "../rules/words.ts";
import { problemCard } from "./problem.ts";

export function launchCard(app: App): TemplateResult {
  const { form } = app;
  const forget = app.cluster && buttons(app.cluster).find(({ method }) => method === "cluster.forget");
  // What has to be mended must not be hidden.
  const vaultMissing = form.problems("spec.vaults.public").length + form.problems("spec.vaults.private").length > 0;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!app.pending && !form.estimate.busy) app.launch();
  };
  // What can't be is the sidecar's to say: the browser would name no field that is hidden.
  return html`
    ${app.cluster?.error ? problemCard(app, app.cluster.error) : nothing}
    <form class="card" aria-labelledby="launch" novalidate @submit=${submit}>
      <h2 id="launch">Launch a server</h2>
      ${app.cluster?.error ? nothing : html`<p class="lead" role="status">${app.cluster?.description}</p>`}
      <div class="fields">
        ${provider(form)} ${region(form)} ${size(form)}
      </div>
      ${credentials(app, form.provider)}
      <details class="more" ${ref((element) => vaultMissing && element?.setAttribute("open", ""))}>
        <summary>More choices</summary>
        <div class="fields">${more(form)}</div>
        ${folders(form)}
      </details>
      ${upload(form)}
      ${form.problems("other").filter((problem) => problem?.kind !== "credentials_missing").map((problem) => problemCard(app, problem!, { warning: true }))}
      ${price(app)}
      ${forget ? html`<button type="button" class="link" @click=${() => app.press(forget.method)}>Forget the launch that failed</button>` : nothing}
    </form>
  `;
}

function provider(form: LaunchForm): TemplateResult {
  const all = form.providers.value?.providers ?? [];
  const group = (label: string, some: readonly Provider[]) => some.length === 0 ? nothing : html`
    <optgroup label=${label}>${some.map(({ id, name }) => html`<option value=${id} ?selected=${id === form.choice.cloud}>${name}</option>`)}</optgroup>`;
  return html`
    <label>Provider
      <select .value=${live(form.choice.cloud)} @change=${chosen(form, "cloud")}>
        ${group("Ready to use", all.filter(({ credentials }) => credentials.present))}
        ${group("Not set up on this computer", all.filter(({ credentials }) => !credentials.present))}
      </select>
    </label>`;
}

function region(form: LaunchForm): TemplateResult {
  const all = form.regions.value?.regions ?? [];
  return html`
    <label>Place
      <select .value=${live(form.choice.region)} aria-busy=${form.regions.busy ? "true" : "false"} @change=${chosen(form, "region")}>
        <option value="" ?selected=${form.choice.region === ""}>Wherever it is cheapest</option>
        ${all.map(({ id, name }) => html`<option value=${id} ?selected=${id === form.choice.region}>${name === id ? id : `${name} (${id})`}</option>`)}
      </select>
    </label>`;
}

function size(form: LaunchForm): TemplateResult {
  const all = form.sizes.value?.sizes ?? [];
  const { instanceType, useSpot } = form.choice;
  return html`
    <label>Size
      <select .value=${live(instanceType)} aria-busy=${form.sizes.busy ? "true" : "false"} @change=${chosen(form, "instanceType")}>
        <option value="" ?selected=${instanceType === ""}>4 vCPUs, 16 GB or more</option>
        ${all.map((one) => html`
          <option value=${one.instanceType} ?selected=${one.instanceType === instanceType}>
            ${one.name} – ${useSpot && one.spotHourlyCost === undefined ? "no spot price" : `${money(useSpot ? one.spotHourlyCost! : one.hourlyCost)} an hour`} (${one.instanceType})
          </option>`)}
      </select>
    </label>`;
}

function more(form: LaunchForm): TemplateResult {
  const { useSpot, diskSize, autostop } = form.choice;
  const on = form.provider;
  return html`
    <label>Disk, GB
      <input type="number" min="1" .value=${live(String(diskSize))}
        @change=${(event: Event) => form.choose("diskSize", Number(input(event).value) || DISK_GB)} />
    </label>
    ${on?.supportsAutostop && on.supportsStop ? html`
      <label>When nobody uses it
        <select .value=${live(String(autostop))} @change=${(event: Event) => form.choose("autostop", Number(input(event).value))}>
          ${[0, 30, 60, 240].map((minutes) => html`
            <option value=${minutes} ?selected=${minutes === autostop}>${minutes === 0 ? "Keep it running" : `Stop after ${minutes < 60 ? `${minutes} minutes` : `${minutes / 60} h`}`}</option>`)}
        </select>
      </label>` : nothing}
    ${on?.supportsSpot ? html`
      <label class="check">
        <input type="checkbox" .checked=${live(useSpot)} @change=${(event: Event) => form.choose("useSpot", input(event).checked)} />
        <span>Spot machine: cheaper, but the provider may take it back at any time</span>
      </label>` : nothing}
  `;
}

function folders(form: LaunchForm): TemplateResult {
  const folder = (vault: "public" | "private", label: string) => {
    const problem = form.problems(`spec.vaults.${vault}`)[0];
    return html`
      <label>${label}
        <input type="text" spellcheck="false" placeholder="the usual folder" .value=${live(form.choice[vault])}
          aria-invalid=${problem ? "true" : "false"} aria-describedby=${problem ? `${vault}-problem` : nothing}
          @change=${(event: Event) => form.choose(vault, input(event).value.trim())} />
        ${problem ? html`<span class="field-problem" id=${`${vault}-problem`}>${problem.message}</span>` : nothing}
      </label>`;
  };
  return html`<div class="fields two">${folder("public", "Folder of the public vault")}${folder("private", "Folder of the private vault")}</div>`;
}

function credentials(app: App, on: Provider | undefined): TemplateResult | typeof nothing {
  if (!on || on.credentials.present) return nothing;
  const { problem, hint } = on.credentials;
  return html`
    <div class="inset" role="status">
      <p><strong>${problem ? problem.message : `There are no credentials for ${on.name} on this computer.`}</strong></p>
      <p>${withLinks(app, problem?.hint ?? hint)}</p>
      <div class="buttons"><button type="button" @click=${() => app.form.load()}>Look again</button></div>
    </div>`;
}

// The hints name pages; in the app a link must be opened outside of the window.
function withLinks(app: App, text: string): (string | TemplateResult)[] {
  return text.split(/(https:\/\/[^\s,;)]*[^\s,;).])/).map((part) =>
    part.startsWith("https://") ? html`<button type="button" class="link" @click=${() => app.open(part)}>${part}</button>` : part);
}

function upload(form: LaunchForm): TemplateResult | typeof nothing {
  const { upload: what } = form.preview.value ?? {};
  if (!what) return nothing;
  const { files, bytes: size, suspicious = [] } = what;
  return html`
    <p class="quiet">Your two vaults go onto it: ${files === 1 ? "1 file" : `${files} files`}, ${bytes(size)}.</p>
    ${suspicious.length > 0 ? html`<p class="inset">These look like secrets, and would be on the server: ${suspicious.join(", ")}</p>` : nothing}`;
}

function price(app: App): TemplateResult {
  const { value, busy, problem } = app.form.estimate;
  const offer = value?.offers.find(({ chosen: taken }) => taken) ?? value?.offers[0];
  const known = offer && !problem;
  return html`
    <div class="price" aria-busy=${busy ? "true" : "false"}>
      <div role="status">
        ${known ? html`
          <p><span class="amount">${money(offer.hourlyCost)}</span> an hour</p>
          <p class="quiet">${offer.instanceType} in ${offer.region || offer.cloud}${offer.diskMonthlyCost === undefined ? nothing : html`, disk ${money(offer.diskMonthlyCost)} a month`}${
            offer.worstMonthlyCost === undefined ? nothing : html`; at most ${money(offer.worstMonthlyCost)} a month, without traffic`}</p>`
        : busy ? html`<p class="quiet">Asking for the price…</p>`
        : html`<p class="quiet">The price is not known. ${problem?.data?.title ?? problem?.message}</p>`}
      </div>
      <button class="main big" aria-disabled=${app.pending || busy ? "true" : nothing}>${app.pending === "cluster.launch" ? "Launching…" : "Launch server"}</button>
    </div>`;
}

function chosen(form: LaunchForm, field: "cloud" | "region" | "instanceType") {
  return (event: Event) => form.choose(field satisfies keyof Choice, input(event).value);
}

function input(event: Event): HTMLInputElement {
  return event.target as HTMLInputElement;
}
