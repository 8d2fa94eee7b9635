// The story of a server, from the events that the sidecar kept.
import type { Event as ServerEvent } from "carapace-client";

/**
 * Returns the events, newest first, without those that say the same once more: the end of an
 * operation and the change that it made are two events of one sentence.
 */
export function story(events: readonly ServerEvent[]): ServerEvent[] {
  const told: ServerEvent[] = [];
  for (const event of events) {
    const last = told.at(-1);
    const same = last !== undefined && sentence(last) === sentence(event) && !(last.operation && event.operation);
    if (!same) told.push(event);
    else if (event.operation) told[told.length - 1] = { ...last, operation: event.operation };
  }
  return told;
}

/** What an event says, for a person. */
export function sentence({ text, operation }: ServerEvent): string {
  return text ?? operation?.message ?? "It left the list.";
}
