/** Implements the `Events` port: each event is counted and logged. */
import type { Events } from '../ports/events.js';
import { EVENTS } from './event-table.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** @errors Never throws, because a failing log must not fail the work that it reports. */
export function createEvents(logger: Logger, metrics: Pick<Metrics, 'count'>): Events {
  return {
    emit(name, detail = {}) {
      try {
        metrics.count(name, detail);
        const { level } = EVENTS[name];
        if (logger.isLevelEnabled(level)) logger[level]({ event: name, ...detail });
      } catch {
        // There is nowhere left to report this.
      }
    },
  };
}
