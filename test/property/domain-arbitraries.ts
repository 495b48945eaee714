/** Arbitrary tariffs, limits and commands, and fixed sites, for the property tests of the core. */
import fc from 'fast-check';
import type { OrderCommand } from '../../src/domain/model/command.js';
import type { DecisionContext } from '../../src/domain/model/decision.js';
import { SESSION_POLICY } from '../fakes/session-policy.js';
import type { ChargerCapabilities, Connector, ConnectorStatus, Site } from '../../src/domain/model/network.js';
import type { Tariff } from '../../src/domain/model/tariff.js';
import type { Limit } from '../../src/domain/model/quote.js';
import type { StopReason } from '../../src/domain/model/session.js';
import type { SessionPolicy } from '../../src/domain/model/policy.js';

export const POLICY: SessionPolicy = { ...SESSION_POLICY, offlineMs: 3_600_000, finalMs: 7_200_000 };

const TARIFF: Tariff = {
  id: 't',
  currency: 'INR',
  pricePerKwh: 1850,
  serviceFee: 525,
  taxes: [{ name: 'GST', rateBps: 1800, on: ['energy', 'service-fee'] }],
};

export const CONNECTOR: Connector = {
  connectorId: 1,
  itemId: 'cp-1',
  standard: 'CCS2',
  name: 'CCS 2',
  powerType: 'DC',
  maxPowerW: 60_000,
  tariff: TARIFF,
  options: { soc: 100, energy: 60_000, amount: 100_000, time: 7200 },
  socQuoteWh: 40_000,
};

const chargePoint = { id: 'CP', itemId: 'cp', name: 'CP', code: 'CP', connectors: [CONNECTOR] };
const station = {
  id: 'st',
  name: 'st',
  latitude: 0,
  longitude: 0,
  address: '',
  city: { code: 'c', name: 'c' },
  country: { code: 'IND', name: 'India' },
  chargePoints: [chargePoint],
};
export const SITE: Site = {
  provider: { id: 'p', name: 'p', stations: [station] },
  station,
  chargePoint,
  connector: CONNECTOR,
};
/** The same connector after the operator has raised the price. */
export const DEARER_SITE: Site = {
  ...SITE,
  connector: { ...CONNECTOR, tariff: { ...TARIFF, pricePerKwh: 2 * TARIFF.pricePerKwh } },
};
const OTHER_SITE: Site = { ...SITE, connector: { ...CONNECTOR, connectorId: 2, itemId: 'cp-2' } };

export function decisionContext(now: number): DecisionContext {
  return {
    now,
    policy: POLICY,
    maxPowerW: CONNECTOR.maxPowerW,
    newOrder: {
      orderId: 'order',
      quoteId: 'quote',
      customer: {
        kind: 'buyer-app',
        network: 'main',
        bapId: 'bap.example',
        bapUri: 'https://bap.example',
        dialect: 'd',
      },
      becknTransactionId: 'bt',
      replyContext: {},
    },
  };
}

/** A charger that takes charging profiles and reservations, and enforces energy limits itself. */
export const FULL_CAPABILITIES: ChargerCapabilities = {
  chargingRate: { unit: 'W' },
  supportedLimits: ['energy'],
  stopLatencyMs: 3000,
  supportsReservation: true,
};

export const aTariff: fc.Arbitrary<Tariff> = fc.record({
  id: fc.constant('t'),
  currency: fc.constant('INR'),
  pricePerKwh: fc.integer({ min: 0, max: 100_000 }),
  serviceFee: fc.integer({ min: 0, max: 10_000 }),
  taxes: fc.array(
    fc.record({
      name: fc.constant('tax'),
      rateBps: fc.integer({ min: 0, max: 5000 }),
      on: fc.subarray(['energy', 'service-fee'] as const, { minLength: 1 }),
    }),
    { maxLength: 3 },
  ),
});

export const aLimit: fc.Arbitrary<Limit> = fc.oneof(
  fc.record({ kind: fc.constant('energy' as const), value: fc.integer({ min: 1, max: 60_000 }) }),
  fc.record({ kind: fc.constant('amount' as const), value: fc.integer({ min: 1, max: 100_000 }) }),
  fc.record({ kind: fc.constant('time' as const), value: fc.integer({ min: 1, max: 7200 }) }),
  fc.record({ kind: fc.constant('soc' as const), value: fc.integer({ min: 1, max: 100 }) }),
);

const STATUSES: readonly ConnectorStatus[] = [
  'Available',
  'Preparing',
  'Charging',
  'SuspendedEV',
  'SuspendedEVSE',
  'Finishing',
  'Unavailable',
  'Reserved',
  'Faulted',
];
const REASONS: readonly StopReason[] = ['buyer', 'operator', 'policy'];

/** A step of a walk: a wait, then a command. */
export interface Step {
  readonly waitMs: number;
  /** Creates the command for the time at which it is given. */
  readonly command: (now: number) => OrderCommand;
}

const aState = fc.constantFrom(...STATUSES).map((status) => ({ status, errorCode: 'NoError', at: 0 }));
const anAnswer = fc.constantFrom('accepted', 'rejected', 'unknown', 'not-sent');
const aStartAnswer = fc.constantFrom('accepted', 'rejected', 'unknown', 'not-sent', 'quarantined');
const aRegister = fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1_000_000, max: 1_040_000 }));
const asked = (n: number) => (now: number) => ({ action: 'any', messageId: `m${n}`, digest: 'd', at: now });

function sampleAt(now: number, registerWh: number, soc: number) {
  return { at: now, registerWh, powerW: 30_000, soc };
}

const aCommand: fc.Arbitrary<(now: number) => OrderCommand> = fc
  .record({
    n: fc.nat(1000),
    limit: aLimit,
    site: fc.constantFrom(SITE, SITE, DEARER_SITE, OTHER_SITE),
    state: aState,
    free: fc.constantFrom(true, true, false),
    online: fc.boolean(),
    register: aRegister,
    soc: fc.integer({ min: 0, max: 100 }),
    answer: anAnswer,
    started: aStartAnswer,
    reserved: fc.constantFrom('accepted' as const, 'rejected' as const, 'unsupported' as const, 'unknown' as const),
    paid: fc.constantFrom<'unpaid' | 'unstated' | { readonly paid: number }>('unstated', 'unpaid', { paid: 200_000 }),
    reason: fc.constantFrom(...REASONS),
    by: fc.constantFrom('buyer' as const, 'operator' as const),
    known: fc.boolean(),
    later: fc.constantFrom(0, 0, 900_000, 7_200_000),
  })
  .chain((v) => {
    const free = { status: 'Available' as const, errorCode: 'NoError', at: 0 };
    type Command = (now: number) => OrderCommand;
    // Commands that create a session are more frequent; otherwise few walks would have one.
    const recordStart: Command = (now) => ({
      type: 'record-start',
      transactionId: '1',
      startKey: v.known ? 'k' : `k${v.n}`,
      connectorId: 1,
      ...(v.n % 4 > 0 && { meterStartWh: 1_000_000 }),
      at: now,
    });
    const recordSample: Command = (now) => ({
      type: 'record-sample',
      samples: [sampleAt(now, v.register, v.soc)],
      ...(v.online && { namesTransaction: true }),
      journalSeq: v.n,
    });
    const connectorChanged: Command = () => ({ type: 'connector-changed', connectorState: v.state });
    const all: Command[] = [
      (now) => ({ type: 'select', request: asked(v.n)(now), site: v.site, limit: v.limit }),
      (now) => ({
        type: 'init',
        request: asked(v.n)(now),
        site: v.site,
        limit: v.limit,
        billing: { name: 'x' },
        ...(v.known && { holdsConnector: true as const }),
      }),
      (now) => ({
        type: 'confirm',
        request: asked(v.n)(now),
        site: v.online ? SITE : DEARER_SITE,
        payment: v.paid,
        idTag: 'T'.repeat(20),
        chargerOnline: v.online,
        connectorState: v.free ? free : v.state,
        ...(v.known ? {} : { limit: v.limit }),
        ...(v.n % 3 === 0 && { startsBy: 'buyer' as const }),
        ...(v.later > 0 && { slot: { from: now + v.later, until: now + v.later + 3_600_000 }, reservationId: 5 }),
      }),
      (now) => ({ type: 'update', request: asked(v.n)(now), site: v.site, limit: v.limit }),
      (now) => ({ type: 'start', request: asked(v.n)(now), chargerOnline: v.online, connectorState: v.state }),
      (now) => ({
        type: 'stop',
        request: asked(v.n)(now),
        reason: v.reason,
        ...(v.known && { reply: 'at-end' as const }),
      }),
      () => ({ type: 'close', by: 'A. Person', reason: 'removed' }),
      (now) => ({ type: 'cancel', request: asked(v.n)(now), by: v.by }),
      () => ({ type: 'charger-connected' }),
      () => ({ type: 'charger-disconnected' }),
      () => ({ type: 'charger-booted' }),
      () => ({ type: 'start-answered', answer: v.started as 'accepted' }),
      () => ({ type: 'stop-answered', answer: v.answer as 'accepted' }),
      () => ({ type: 'charging-profile-answered', answer: v.answer as 'accepted' }),
      () => ({ type: 'reservation-answered', answer: v.reserved }),
      () => ({ type: 'reservation-ended', reason: 'Removed' }),
      () => ({ type: 'slot-blocked' }),
      () => ({ type: 'transaction-limits-set', limits: { energyWh: 100 } }),
      () => ({ type: 'transaction-limit-reached', limit: 'energy' }),
      recordStart,
      recordStart,
      recordStart,
      recordSample,
      recordSample,
      connectorChanged,
      connectorChanged,
      connectorChanged,
      () => ({ type: 'transaction-status-reported', ongoing: v.known, messagesQueued: v.online }),
      (now) => ({
        type: 'record-stop',
        meterStopWh: v.register,
        at: now,
        reason: v.known ? 'Local' : 'Timeout',
        samples: [],
      }),
      (now) => ({ type: 'transaction-superseded', meterStartWh: 1_000_100, at: now }),
      () => ({ type: 'timer-due' }),
    ];
    return fc.constantFrom(...all);
  });

export const aStep: fc.Arbitrary<Step> = fc.record({
  waitMs: fc.oneof(
    fc.integer({ min: 0, max: 5000 }),
    fc.integer({ min: 5000, max: 120_000 }),
    fc.constantFrom(900_000, 3_600_000, 7_200_000),
  ),
  command: aCommand,
});
