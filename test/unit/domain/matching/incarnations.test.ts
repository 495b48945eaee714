/** When an event with a known transaction id belongs to a different transaction. */
import { expect, it } from 'vitest';
import {
  isNewIncarnation,
  isOfEarlier,
  type KnownTransaction,
  type TransactionEvidence,
} from '../../../../src/domain/matching/incarnations.js';

const KNOWN: KnownTransaction = {
  connectorId: 1,
  idTag: 'TAG',
  meterStartWh: 1000,
  registerWh: 1000,
  lastEventAt: 5000,
  seqNo: 4,
  missingSeqNos: [],
  isEndSuspected: false,
  isDenied: false,
};
const OVER: KnownTransaction = { ...KNOWN, endedAt: 5000, endWh: 2000 };
const START: TransactionEvidence = {
  eventType: 'started',
  seqNo: 0,
  triggerReason: 'Authorized',
  connectorId: 1,
  idTag: 'CARD',
  meterStartWh: 3000,
  at: 9000,
};
const UNDATED: TransactionEvidence = { ...START, at: undefined };
const UPDATE: TransactionEvidence = { eventType: 'updated', seqNo: 1, triggerReason: 'MeterValuePeriodic', at: 9000 };

/** A start of the same transaction, of a station that reports one for each condition of `TxStartPoint`. */
const RESTATED: TransactionEvidence = { ...START, idTag: undefined, meterStartWh: 1000, seqNo: 5 };

it.each([
  ['a start without a tag that skips a number', KNOWN, { ...RESTATED, seqNo: 6 }],
  ['a start without a tag, numbered on, after a suspected end', { ...KNOWN, isEndSuspected: true }, RESTATED],
  ['a start without a tag, numbered on, after the end', { ...OVER, endWh: undefined }, RESTATED],
  ['a start without a tag, numbered on, after a boot', { ...KNOWN, bootedAt: 6000 }, RESTATED],
  ['a start without a tag, numbered on, on another connector', KNOWN, { ...RESTATED, connectorId: 2 }],
  ['a start with another tag that is numbered on', { ...KNOWN, idTag: '' }, { ...RESTATED, idTag: 'CARD' }],
  ['a later start with another tag', KNOWN, START],
  ['a later start with a missing number, where the transaction has ended', { ...OVER, missingSeqNos: [0] }, START],
  [
    'a later start from a higher register, of which nobody knows the tag',
    { ...OVER, idTag: '', missingSeqNos: [0] },
    { ...START, idTag: 'TAG' },
  ],
  ['a later start of the same card from another register', KNOWN, { ...START, idTag: 'TAG' }],
  ['a later start without a tag', { ...KNOWN, idTag: '' }, { ...START, idTag: undefined, meterStartWh: 1000 }],
  [
    'a later start with a missing number, at the register of the end',
    { ...OVER, registerWh: 2000, missingSeqNos: [0] },
    { ...START, idTag: undefined, meterStartWh: 2000 },
  ],
  ['a start without a time and with another tag, after the end', OVER, { ...UNDATED, meterStartWh: 1000 }],
  [
    'a start without a time on another connector, after the end',
    OVER,
    { ...UNDATED, idTag: 'TAG', meterStartWh: 1000, connectorId: 2 },
  ],
  ['a later reading at the register of the end', OVER, { ...UPDATE, registerWh: 2000 }],
  ['a start without a time after a boot', { ...KNOWN, bootedAt: 6000 }, UNDATED],
  [
    'a later event although the station denies after a boot that the transaction goes on',
    { ...KNOWN, isDenied: true, bootedAt: 6000 },
    { ...UPDATE, seqNo: 5 },
  ],
  [
    'a start that was missing, of an order that was started after the end',
    { ...OVER, endReceivedAt: 6000, missingSeqNos: [0] },
    { ...START, idTag: 'TAG', meterStartWh: 1000, requestedAt: 6001 },
  ],
  [
    'an event without a time although the station denies after a boot that the transaction goes on',
    { ...KNOWN, isDenied: true, bootedAt: 6000 },
    { ...UPDATE, seqNo: 5, at: undefined },
  ],
  ['a later event after the end', OVER, { ...UPDATE, seqNo: 9 }],
  ['an event without a time and with a register above the end', OVER, { ...UPDATE, at: undefined, registerWh: 2001 }],
  ['an event without a time and with a register below the start', OVER, { ...UPDATE, at: undefined, registerWh: 999 }],
  ['a later event with a low number after a suspected end', { ...KNOWN, isEndSuspected: true }, UPDATE],
])('belongs to another transaction: %s', (_title, known, event) => {
  expect(isNewIncarnation(known, event)).toBe(true);
});

it.each([
  ['a queued event from before the boot', { ...KNOWN, isDenied: true, bootedAt: 9500 }, { ...UPDATE, seqNo: 5 }],
  ['an event of a transaction that the station denies without a boot', { ...KNOWN, isDenied: true }, UPDATE],
  ['an event with the next number after a suspected end', { ...KNOWN, isEndSuspected: true }, { ...UPDATE, seqNo: 5 }],
  ['a start that only has another time', KNOWN, { ...START, idTag: 'tag', meterStartWh: 1000 }],
  ['a start from before the last event', OVER, { ...START, at: 4000 }],
  [
    'a start that was missing, of an order that was started before the end',
    { ...OVER, idTag: '', registerWh: 1100, endReceivedAt: 6000, missingSeqNos: [0] },
    { ...START, idTag: 'TAG', meterStartWh: 1000, requestedAt: 6000 },
  ],
  ['a start that was missing', { ...KNOWN, missingSeqNos: [0] }, START],
  ['a start without a tag that is numbered on', KNOWN, RESTATED],
  [
    'a start that was missing, sent with a new time after the end',
    { ...OVER, idTag: '', registerWh: 1100, missingSeqNos: [0] },
    { ...START, meterStartWh: 1000 },
  ],
  ['a start without a time while the transaction runs', KNOWN, UNDATED],
  ['a repeated start without a time', OVER, { ...UNDATED, idTag: 'TAG', meterStartWh: 1000 }],
  ['another event without a time', OVER, { ...UPDATE, at: undefined, registerWh: 1500 }],
  ['one without time and register', OVER, { ...UPDATE, at: undefined }],
  ['one without a time and below the start, while it runs', KNOWN, { ...UPDATE, at: undefined, registerWh: 1 }],
  [
    'one without a time of a transaction that the station denies without a boot',
    { ...KNOWN, isDenied: true },
    { ...UPDATE, at: undefined },
  ],
  [
    'an end without a register, said again at another time',
    { ...OVER, endWh: undefined },
    { ...UPDATE, eventType: 'ended' as const },
  ],
  ['its end again at another time', OVER, { ...UPDATE, eventType: 'ended' as const, registerWh: 2000 }],
  ['an event that says that it goes on', { ...KNOWN, isEndSuspected: true }, { ...UPDATE, triggerReason: 'TxResumed' }],
])('belongs to the known transaction: %s', (_title, known, event) => {
  expect(isNewIncarnation(known, event)).toBe(false);
});

const BEGAN: KnownTransaction = { ...KNOWN, startedAt: 4000 };
const EARLIER: TransactionEvidence = { ...UPDATE, eventType: 'ended', at: 3999, registerWh: 1000 };

it('belongs to the transaction before if it is from before the start, and from a register up to that of the start', () => {
  expect(isOfEarlier(BEGAN, EARLIER)).toBe(true);
  expect(isOfEarlier(BEGAN, { ...START, at: 3000, meterStartWh: 200 })).toBe(true);
});

it.each([
  ['from the time of the start', BEGAN, { ...EARLIER, at: 4000 }],
  ['without a time', BEGAN, { ...EARLIER, at: undefined }],
  ['above the register of the start', BEGAN, { ...EARLIER, registerWh: 1001 }],
  ['without a register', BEGAN, { ...EARLIER, registerWh: undefined }],
  ['with the tag', BEGAN, { ...EARLIER, idTag: 'tag' }],
  ['while the start is missing', KNOWN, EARLIER],
  ['that says that the transaction goes on', BEGAN, { ...EARLIER, triggerReason: 'TxResumed' }],
])('does not belong to the transaction before: an event %s', (_title, known, event) => {
  expect(isOfEarlier(known, event)).toBe(false);
});
