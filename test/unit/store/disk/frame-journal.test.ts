import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import type { KeptFrame } from '../../../../src/ports/frame-journal.js';
import { systemClock as clock } from '../../../../src/observe/system-clock.js';
import { allocateFrameJournal, BoundedFrameJournal } from '../../../../src/store/disk/frame-journal.js';
import { openJournalFile } from '../../../../src/store/sqlite/journal-medium.js';
import { createEventLog } from '../../../fakes/event-log.js';

const CAPACITY = 1 << 16;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frame-journal-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, 'frame-journal');

function open(events = createEventLog(), capacityBytes = CAPACITY, freeBytes = Infinity): BoundedFrameJournal {
  const openMedium = () => openJournalFile(path());
  const journal = new BoundedFrameJournal({ openMedium, capacityBytes, clock, events });
  return journal.open(allocateFrameJournal(path(), capacityBytes, freeBytes));
}

function sample(raw: string): KeptFrame {
  return {
    chargePointId: 'CP1',
    event: { type: 'meter-sampled', connectorId: 1, samples: [], raw, receivedAt: 5 },
    outcome: { type: 'notification-received' },
  };
}

/** An event of a 2.x transaction. */
function event(of: Partial<TransactionEvent> = {}): KeptFrame {
  const ids = { transactionId: 'T', seqNo: 1, triggerReason: 'MeterValuePeriodic', offline: false, raw: '{}' };
  return {
    chargePointId: 'CP2',
    event: { type: 'transaction-event', eventType: 'updated', ...ids, samples: [], receivedAt: 5, ...of },
    outcome: { type: 'transaction-event' },
  };
}

/** Fills the journal with copies of a frame until it takes no more of them. Returns the share of it that is used. */
async function fill(journal: BoundedFrameJournal, frame: KeptFrame): Promise<number> {
  while (await journal.append(frame)) continue;
  return journal.usedBytes / journal.capacityBytes;
}

it('has its whole size from the start, so that a full disk does not matter', () => {
  open();
  expect(statSync(path()).size).toBe(CAPACITY);
});

it('keeps frames over a restart and forgets them once they are cleared', async () => {
  const journal = open();
  expect(await Promise.all([journal.append(sample('a')), journal.append(sample('b'))])).toEqual([true, true]);
  const again = open();
  expect(again.leftFrames()).toEqual([sample('a'), sample('b')]);
  again.clear();
  expect(open().leftFrames()).toEqual([]);
});

it('sets a damaged record aside in a file and goes on with the others', async () => {
  const journal = open();
  await journal.append(sample('a'));
  const position = journal.usedBytes;
  await journal.append(sample('b'));
  await journal.append(sample('c'));
  const bytes = readFileSync(path());
  bytes[position + 40] = (bytes[position + 40] ?? 0) ^ 4;
  writeFileSync(path(), bytes);
  const events = createEventLog();
  expect(open(events).leftFrames()).toEqual([sample('a'), sample('c')]);
  const keptIn = `${path()}-${position}.damaged`;
  expect(events.of('store.damaged')).toEqual([{ file: path(), position, record: 3, keptIn }]);
  expect(readFileSync(keptIn).includes('CP1')).toBe(true);
});

it('saves each frame that is set aside in a file of its own', () => {
  const journal = open();
  const files = ['a', 'b'].map((raw) => journal.setAside(sample(raw)));
  expect(files).toEqual([`${path()}-5-1.set-aside`, `${path()}-5-2.set-aside`]);
  expect(files.map((file) => JSON.parse(readFileSync(file, 'utf8')))).toEqual([sample('a'), sample('b')]);
});

it('gives back every frame although it was made smaller since, and takes new ones once it is empty', async () => {
  const journal = open();
  const frames = Array.from({ length: 40 }, (_, i) => sample(`${i} ${'x'.repeat(500)}`));
  await Promise.all(frames.map((frame) => journal.append(frame)));
  const smaller = open(createEventLog(), 4096);
  expect(smaller.leftFrames()).toEqual(frames);
  expect(await smaller.append(sample('a'))).toBe(false);
  smaller.clear();
  expect(await smaller.append(sample('b'))).toBe(true);
  expect(open(createEventLog(), 4096).leftFrames()).toEqual([sample('b')]);
});

it('keeps its size and what is in it if the disk has no room for the one that is wanted', async () => {
  const journal = open();
  await journal.append(sample('a'));
  const wanted = 4 * CAPACITY;
  const left = 8 << 20;
  const again = open(createEventLog(), wanted, wanted - CAPACITY + left - 1);
  expect([again.leftFrames(), again.capacityBytes, statSync(path()).size]).toEqual([[sample('a')], CAPACITY, CAPACITY]);
  expect(await again.append(sample('b'))).toBe(true);
  const larger = open(createEventLog(), wanted, wanted - CAPACITY + left);
  expect([larger.leftFrames(), larger.capacityBytes]).toEqual([[sample('a'), sample('b')], wanted]);
  expect(statSync(path()).size).toBe(wanted);
});

it.each([
  ['samples', sample('a')],
  ['what a station reports of a running transaction', event()],
])('leaves its last quarter free of %s', async (_, frame) => {
  const journal = open(createEventLog(), 8192);
  const used = await fill(journal, frame);
  expect([used > 0.7, used <= 0.75]).toEqual([true, true]);
});

it.each([
  ['the end of a transaction', event({ eventType: 'ended', triggerReason: 'EVDeparted' })],
  ['its start', event({ eventType: 'started', triggerReason: 'CablePluggedIn' })],
  ['the tag that began it', event({ triggerReason: 'Authorized', idTag: 'TAG' })],
  ['the request that began it', event({ triggerReason: 'RemoteStart', remoteStartId: 7 })],
])('has room in its last quarter for %s', async (_, frame) => {
  const journal = open(createEventLog(), 8192);
  await fill(journal, sample('a'));
  expect(await fill(journal, frame)).toBeGreaterThan(0.9);
});

it('takes no room if the disk has none for it', () => {
  expect(allocateFrameJournal(path(), CAPACITY, 0)).toBe(0);
  expect(statSync(path()).size).toBe(0);
});
