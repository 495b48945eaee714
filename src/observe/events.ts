/** Implements the `Events` port: counts and logs each event. */
import type { Events } from '../ports/events.js';
import type { Clock } from '../ports/runtime.js';
import { EVENTS } from './event-table.js';
import { LineSampler } from './line-sampler.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { systemClock } from './system-clock.js';

/** Creates the port. @errors None, because an error in the log must not stop the work that it reports. */
export function createEvents(
  logger: Logger,
  metrics: Pick<Metrics, 'count'>,
  clock: Pick<Clock, 'now'> = systemClock,
): Events {
  const sampler = new LineSampler(clock);
  return {
    emit(name, detail = {}) {
      try {
        metrics.count(name, detail);
        const { level, sampledBy } = EVENTS[name];
        if (!logger.isLevelEnabled(level)) return;
        const suppressed = sampledBy
          ? sampler.next([name, ...sampledBy.map((key) => String(detail[key]).slice(0, 64))].join(' '))
          : 0;
        if (suppressed === undefined) return;
        logger[level]({ event: name, ...detail, ...(suppressed > 0 && { suppressed }) });
      } catch {
        // There is nowhere left to report this.
      }
    },
  };
}
