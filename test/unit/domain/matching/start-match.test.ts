/** Which order a transaction belongs to, according to its messages. */
import { describe, expect, it } from 'vitest';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import {
  matchStart,
  type StartCandidates,
  type StartEvidence,
  type StartPlace,
} from '../../../../src/domain/matching/start-match.js';
import type { Order, RemoteStart } from '../../../../src/domain/model/order.js';

const MINUTE = 60_000;
const REQUESTED_AT = 10 * MINUTE;
const ACCEPTED: RemoteStart = { requestedAt: REQUESTED_AT, deadline: 15 * MINUTE, attempts: 1, answer: 'accepted' };

const waiting = (connectorId: number, idTag: string, remoteStart: Partial<RemoteStart> = {}): Order =>
  ({
    ...{ id: `order-${connectorId}`, state: 'starting', idTag },
    connector: { chargePointId: 'CP1', connectorId },
    remoteStart: { ...ACCEPTED, ...remoteStart },
  }) as Order;
const FIRST = waiting(1, 'PAH5RMWS3KTWCUZI');
const SECOND = waiting(2, 'QQQQRMWS3KTWCUZI');

const place = (connectorId: number, registerWh?: number): StartPlace => ({
  ...{ connectorId, maxPowerW: 60_000 },
  ...(registerWh !== undefined && { last: { registerWh, receivedAt: REQUESTED_AT } }),
});
const CANDIDATES: StartCandidates = { open: [FIRST], places: [place(1, 1000), place(2, 900_000)] };

/** Evidence of energy on connector 1 after the remote start, in messages that name no order. */
const NAMELESS: StartEvidence = {
  ...{ transactionId: 'tx', firstIdTag: '', connectorId: 1, sign: 'running', hasEnded: false },
  ...{ registerWh: 1100, at: 11 * MINUTE, now: 11 * MINUTE },
};

const match = (start: Partial<StartEvidence>, candidates: Partial<StartCandidates> = {}): string => {
  const found = matchStart({ ...NAMELESS, ...start }, { ...CANDIDATES, ...candidates });
  return 'order' in found ? `${found.kind} ${found.order.id}` : found.kind;
};

describe('a transaction that names an order', () => {
  const both = { open: [FIRST, SECOND] };

  it.each<[string, Partial<StartEvidence>]>([
    ['the tag of the message', { idTag: 'qqqqrmws3ktwcuzi', firstIdTag: 'CARD' }],
    ['the first tag of the transaction', { firstIdTag: 'QQQQRMWS3KTWCUZI0' }],
    ['the remote start', { remoteStartId: remoteStartIdOf('QQQQRMWS3KTWCUZI'), firstIdTag: 'CARD' }],
    [
      'the tag, although the remote start is that of another order',
      { idTag: 'QQQQRMWS3KTWCUZI', remoteStartId: remoteStartIdOf('PAH5RMWS3KTWCUZI') },
    ],
  ])('belongs to it by %s', (_title, start) => {
    expect(match(start, both)).toBe('named order-2');
  });

  it('belongs to the order whose remote start was answered with its id', () => {
    const answered = { open: [waiting(1, 'PAH5RMWS3KTWCUZI', { transactionId: 'tx' })] };
    expect(match({ sign: 'none', connectorId: 0 }, answered)).toBe('named order-1');
    expect(match({ remoteStartId: 0 }, answered)).toBe('named order-1');
    expect(match({ firstIdTag: 'CARD' }, answered)).toBe('none');
    expect(match({ connectorId: 2 }, answered)).toBe('none');
  });

  it('belongs to no order if the tag or the remote start is of somebody else', () => {
    expect(match({ firstIdTag: 'CARD' })).toBe('none');
    expect(match({ remoteStartId: 1 })).toBe('none');
  });

  it('belongs to no order that has none of its names', () => {
    const { idTag: _, ...untagged } = FIRST;
    expect(match({ remoteStartId: 1 }, { open: [untagged] })).toBe('none');
    expect(match({ firstIdTag: 'CARD' }, { open: [untagged] })).toBe('none');
  });
});

describe('a transaction that names nobody', () => {
  it.each<[string, Partial<StartEvidence>, Partial<StartCandidates>]>([
    ['energy flows on the connector', {}, {}],
    ['no vehicle came there', { sign: 'no-vehicle' }, {}],
    [
      'a remote start is its reason, although the answer was lost',
      { sign: 'remote-start' },
      { open: [waiting(1, 'PAH5RMWS3KTWCUZI', { answer: 'unknown' })] },
    ],
    ['no register is known', {}, { places: [place(1), place(2)] }],
    ['there is no other connector', { connectorId: 0 }, { places: [place(1)] }],
    ['its register continues the one of that connector alone', { connectorId: 0 }, {}],
    ['another order awaits its start elsewhere', {}, { open: [SECOND, FIRST] }],
    ['its time cannot be read', { at: undefined }, {}],
    ['the clock of the charger is a little behind', { at: REQUESTED_AT - 59_000 }, {}],
  ])('is taken for the order whose accepted start is awaited if %s', (_title, start, candidates) => {
    expect(match(start, candidates)).toBe('assumed order-1');
  });

  it.each<[string, Partial<StartEvidence>, Partial<StartCandidates>]>([
    ['nothing has begun', { sign: 'none' }, {}],
    ['the start is not accepted yet', {}, { open: [waiting(1, 'PAH5RMWS3KTWCUZI', { answer: 'unknown' })] }],
    ['another connector has no known register', { connectorId: 0 }, { places: [place(1, 1000), place(2)] }],
    ['its own connector has no known register', { connectorId: 0 }, { places: [place(1), place(2, 900_000)] }],
    ['the registers of both connectors fit', { connectorId: 0 }, { places: [place(1, 1000), place(2, 1050)] }],
    ['the register continues another connector', { connectorId: 0, registerWh: 900_100 }, {}],
    ['the register continues none', { connectorId: 0, registerWh: 400_000 }, {}],
    ['it has no register', { connectorId: 0, registerWh: undefined }, {}],
    ['the connectors are not known', { connectorId: 0 }, { places: [] }],
  ])('may still be the order’s if %s', (_title, start, candidates) => {
    expect(match(start, candidates)).toBe('possible');
  });

  it.each<[string, Partial<StartEvidence>, Partial<StartCandidates>]>([
    ['it is on another connector', { connectorId: 2 }, {}],
    ['it has ended', { hasEnded: true }, {}],
    ['it happened before the remote start', { at: REQUESTED_AT - MINUTE - 1 }, {}],
    ['it was received before the remote start', { now: REQUESTED_AT - MINUTE - 1, at: undefined }, {}],
    [
      'it was received before the remote start, from a charger whose clock is ahead',
      { now: REQUESTED_AT - MINUTE - 1, at: REQUESTED_AT + MINUTE },
      {},
    ],
    ['the remote start was rejected', {}, { open: [waiting(1, 'PAH5RMWS3KTWCUZI', { answer: 'rejected' })] }],
    [
      'the answer named another transaction',
      {},
      { open: [waiting(1, 'PAH5RMWS3KTWCUZI', { transactionId: 'other' })] },
    ],
    ['the order does not await a start', {}, { open: [{ ...FIRST, state: 'confirmed' }] }],
  ])('is not the order’s if %s', (_title, start, candidates) => {
    expect(match(start, candidates)).toBe('none');
  });
});
