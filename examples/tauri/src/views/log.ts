import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { repeat } from "lit-html/directives/repeat.js";
import type { App } from "../app.ts";
import type { ShownLog } from "../log-pane.ts";

const SOURCES: readonly { source: ShownLog; name: string }[] = [
  { source: "operation", name: "Latest" },
  { source: "provision", name: "Machine" },
  { source: "setup", name: "Setup" },
  { source: "run", name: "Service" },
];

export function logCard(app: App): TemplateResult {
  const { log } = app;
  return html`
    <details class="card" ?open=${log.open} @toggle=${(event: Event) => log.show((event.target as HTMLDetailsElement).open)}>
      <summary><h2>Log</h2></summary>
      ${log.open ? html`
        <div class="tabs" role="group" aria-label="Which log">
          ${SOURCES.map(({ source, name }) => html`
            <button class="tab" aria-pressed=${source === log.source ? "true" : "false"} @click=${() => log.show(true, source)}>${name}</button>`)}
        </div>
        ${log.problem ? html`<p class="quiet">${log.problem.message}</p>` : log.lines.length === 0 ? html`<p class="quiet">Nothing was printed so far.</p>` : nothing}
        <pre class="log" role="log" aria-label="Log" tabindex="0" ${ref((element) => bring(app, element))}>${
          repeat(log.lines, (_, i) => log.dropped + i, (line) => html`<span>${line}${"\n"}</span>`)}</pre>` : nothing}
    </details>
  `;
}

function bring({ log }: App, element: Element | undefined): void {
  followEnd(element);
  if (!element || !log.wanted) return;
  log.wanted = false;
  queueMicrotask(() => (element as HTMLElement).focus()); // it is not in the document yet
}

const begun = new WeakSet<Element>();

// The end stays in view, unless somebody scrolled up to read.
function followEnd(element: Element | undefined): void {
  if (!element) return;
  const atEnd = !begun.has(element) || element.scrollHeight - element.scrollTop - element.clientHeight < 60;
  begun.add(element);
  queueMicrotask(() => {
    if (atEnd) element.scrollTop = element.scrollHeight;
  });
}
