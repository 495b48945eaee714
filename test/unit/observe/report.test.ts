import { describe, expect, it } from 'vitest';
import { report } from '../../../src/observe/report.js';
import { StoreFault } from '../../../src/ports/store.js';
import { createEventLog } from '../../fakes/event-log.js';

describe('report', () => {
  it('calls a StoreFault a failure of the store', () => {
    const events = createEventLog();
    report(events, 'retention', new StoreFault('disk full'), { chargePointId: 'CP1' });
    expect(events.of('store.failed')).toEqual([
      { where: 'retention', chargePointId: 'CP1', problem: 'StoreFault: disk full' },
    ]);
    expect(events.of('bug')).toEqual([]);
  });

  it('calls anything else a bug, with the error itself', () => {
    const events = createEventLog();
    const error = new TypeError('x is undefined');
    report(events, 'remote-start', error);
    expect(events.of('bug')).toEqual([{ where: 'remote-start', error }]);
    expect(events.of('store.failed')).toEqual([]);
  });
});
