import type { EventName, Events } from '../../src/ports/events.js';

export interface EventLog extends Events {
  readonly all: { name: EventName; detail: { readonly [key: string]: unknown } }[];
  of(name: EventName): { readonly [key: string]: unknown }[];
}

/** Records every event. */
export function createEventLog(): EventLog {
  const all: EventLog['all'] = [];
  return {
    all,
    emit: (name, detail = {}) => void all.push({ name, detail }),
    of: (name) => all.filter((event) => event.name === name).map((event) => event.detail),
  };
}
