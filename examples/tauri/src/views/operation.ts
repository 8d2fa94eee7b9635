// What goes on: its steps, how far it is, what it waits for.
import type { Operation, Phase, Progress } from "carapace-client";
import { html, nothing, type TemplateResult } from "lit-html";
import type { App } from "../app.ts";
import { bytes, duration, LAUNCH_PHASES, phaseName } from "../rules/words.ts";

const TITLES: Readonly<Record<string, string>> = {
  launch: "Launching your server",
  start: "Resuming your server",
  stop: "Stopping your server",
  destroy: "Destroying your server",
  sync: "Syncing the vaults",
  install: "Installing SkyPilot",
};

export function operationCard(app: App, operation: Operation, buttons: TemplateResult | typeof nothing = nothing): TemplateResult {
  const progress = app.snapshot.progress[operation.id];
  const phase = progress?.phase ?? operation.phase;
  const percent = progress?.percent ?? operation.percent;
  const steps = progress && Math.round((100 * progress.phaseIndex) / progress.phaseCount);
  return html`
    <section class="card" aria-labelledby="operation">
      <h2 id="operation">${operation.canceling ? "Canceling" : TITLES[operation.kind] ?? "Working"}</h2>
      <progress max="100" value=${percent ?? steps ?? nothing} aria-labelledby="operation"></progress>
      <p class="now">${progress?.message ?? operation.message}</p>
      <p class="quiet">${timing(operation, progress, percent)}</p>
      ${stepList(operation, phase)}
      ${buttons}
      <p class="unseen" role="status">${phaseName(phase)}</p>
    </section>
  `;
}

function timing(operation: Operation, progress: Progress | undefined, percent: number | undefined): string {
  const elapsed = progress?.elapsedSeconds ?? operation.elapsedSeconds;
  const left = progress?.expectedSeconds === undefined ? 0 : progress.expectedSeconds - elapsed;
  const { transfer } = progress ?? {};
  return [
    ...(progress ? [`Step ${progress.phaseIndex + 1} of ${progress.phaseCount}`] : []),
    ...(percent === undefined ? [] : [`${percent} %`]),
    duration(elapsed),
    ...(left >= 1 ? [`about ${duration(left)} left`] : []),
    ...(transfer ? [`${bytes(transfer.bytesDone)} of ${bytes(transfer.bytesTotal)} of the ${transfer.vault} vault`] : []),
  ].join(" · ");
}

// Only a launch tells beforehand which steps it has.
function stepList(operation: Operation, phase: Phase): TemplateResult {
  const entered = (operation.phases ?? []).map((one) => one.phase);
  const all = operation.kind === "launch" ? LAUNCH_PHASES : [...new Set([...entered, phase])];
  const at = all.indexOf(phase);
  return html`
    <ol class="steps">
      ${all.map((step, i) => html`
        <li class=${i < at ? "done" : i === at ? "current" : "coming"} aria-current=${i === at ? "step" : nothing}>
          ${phaseName(step)}${i < at ? html`<span class="unseen"> (done)</span>` : nothing}
        </li>`)}
    </ol>
  `;
}
