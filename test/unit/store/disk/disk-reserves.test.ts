/** The frame journal of a process, on a disk that may have no room for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock as clock } from '../../../../src/observe/system-clock.js';
import type { KeptFrame } from '../../../../src/ports/frame-journal.js';
import { DiskReserves } from '../../../../src/store/disk/disk-reserves.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { createEventLog, type EventLog } from '../../../fakes/event-log.js';

const EIB = 2 ** 60;
const FRAME: KeptFrame = {
  chargePointId: 'CP1',
  event: { type: 'meter-sampled', connectorId: 1, samples: [], raw: '[]', receivedAt: 5 },
  outcome: { type: 'notification-received' },
};

let dataDir: string;
let events: EventLog;
let reserves: DiskReserves | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'disk-reserves-'));
  events = createEventLog();
});
afterEach(() => {
  reserves?.stop();
  rmSync(dataDir, { recursive: true });
});

function start(frameJournalBytes: number): DiskReserves {
  reserves?.stop();
  const store = { kind: 'sqlite', path: join(dataDir, 'bridge.sqlite'), frameJournalBytes, ballastBytes: 0 } as const;
  reserves = new DiskReserves({ dataDir, store }, { clock, events });
  reserves.openFrameJournal();
  return reserves;
}

it('keeps what it holds, and works on, if the settings want more than the disk has', async () => {
  await start(1 << 16).frameJournal.append(FRAME);
  const { frameJournal } = start(EIB);
  expect(frameJournal.leftFrames()).toEqual([FRAME]);
  expect(await frameJournal.append(FRAME)).toBe(true);
  expect(events.all).toEqual([
    {
      name: 'frame.journal-small',
      detail: { bytes: 1 << 16, wantedBytes: EIB, freeBytes: expect.any(Number) as number },
    },
  ]);
});

it('leaves no timer behind if the store does not start, at once or when it is tried again', async () => {
  for (const problem of ['it is damaged', 'the disk is full']) {
    const manual = createManualClock();
    const store = {
      kind: 'sqlite',
      path: join(dataDir, 'bridge.sqlite'),
      frameJournalBytes: 0,
      ballastBytes: 4096,
    } as const;
    const failing = new DiskReserves({ dataDir, store }, { clock: manual, events });
    let starts = 0;
    const start = (): Promise<void> => {
      starts += 1;
      return Promise.reject(new Error(problem));
    };
    await expect(failing.startStore({ start })).rejects.toThrow(problem);
    expect([starts, manual.pending()]).toEqual([problem === 'the disk is full' ? 2 : 1, 0]);
  }
});

it('is left out if the disk has no room for any', async () => {
  const { frameJournal } = start(EIB);
  expect(await frameJournal.append(FRAME)).toBe(false);
  expect(events.of('frame.journal-small')).toMatchObject([{ bytes: 0 }]);
});
