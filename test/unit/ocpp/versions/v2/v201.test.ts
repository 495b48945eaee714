/**
 * OCPP 2.0.1 and 2.1: every message of a station gets a valid answer, and each of our commands exists in the version.
 * Also how TransactionEvents, connectors, sampled values, keys and reports are read.
 */
import { validateLeniently } from '../../../../../src/ocpp/leniency/lenient-validation.js';
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChargerEvent, ChargerOutcome } from '../../../../../src/ports/charger-events.js';
import type { ChargerCommand } from '../../../../../src/ports/charger-commands.js';
import { OCPP_VERSIONS } from '../../../../../src/ocpp/ocpp-versions.js';
import type { Payload } from '../../../../../src/ocpp/frames/payload.js';
import { v16 } from '../../../../../src/ocpp/versions/v16/v16.js';
import { v201 } from '../../../../../src/ocpp/versions/v2/v201.js';
import { toEvse, toConnectorNumber } from '../../../../../src/ocpp/versions/v2/evse.js';
import { readSamples } from '../../../../../src/ocpp/versions/v2/meter.js';
import { variableKeyOf, readReport, parseVariableKey } from '../../../../../src/ocpp/versions/v2/variables.js';
import { v21 } from '../../../../../src/ocpp/versions/v2/v21.js';
import type { OcppVersion } from '../../../../../src/ocpp/versions/version.js';
import { ocppActions } from '../../../../../src/schema/validators.js';
import { validValues, readSchema, type Schema } from '../../../../property/from-schema.js';

const NOW = Date.UTC(2026, 0, 15, 10);
const AT = '2026-01-15T10:00:00Z';
const family = [v201, v21] as const;
const schemas = join(import.meta.dirname, '../../../../../ocpp-schemas');

/** Returns an outcome with as many fields as the application may return for the event. */
function outcomeOf(event: ChargerEvent): ChargerOutcome {
  switch (event.type) {
    case 'booted':
      return { type: 'booted', status: 'Accepted', intervalS: 300, now: NOW };
    case 'heartbeat':
      return { type: 'heartbeat', now: NOW };
    case 'authorization-requested':
      return { type: 'authorization-requested', status: 'ConcurrentTx', expiresAt: NOW };
    case 'data-transferred':
      return { type: 'data-transferred', status: 'UnknownVendorId' };
    case 'transaction-event':
      return {
        type: 'transaction-event',
        status: 'Expired',
        cost: { amountMinor: 12_345, currency: 'INR' },
        limit: { energyWh: 5000, timeS: 600, socPercent: 80, costMinor: 20_000 },
      };
    case 'certificate-requested':
      return { type: 'certificate-requested', status: 'Accepted' };
    case 'notification-received':
      return { type: 'notification-received', payload: event.payload, now: NOW };
    default:
      return { type: 'notification-received' };
  }
}

/** Returns valid requests generated from the schema; for DataTransfer and where none is valid, a handwritten one. */
function samplesOf(version: OcppVersion, action: string): Payload[] {
  const file = join(schemas, version.name, `${action}.json`);
  const schema = readSchema(file)[action === 'NotifyPeriodicEventStream' ? 'send' : 'request'] as Schema | undefined;
  if (action === 'DataTransfer') return [{ vendorId: 'v', messageId: 'm', data: { any: 'thing' } }];
  const made = schema ? fc.sample(validValues(schema, file), { numRuns: 60, seed: 201 }) : [];
  const valid = (made as unknown as Payload[]).filter((payload) => !version.routes.get(action)?.checkRequest(payload));
  return valid.length > 0 ? valid : [{}];
}

const inbound = family.flatMap((version) =>
  [...ocppActions(version.name)]
    .filter(([, from]) => from !== 'central-system')
    .map(([action]) => ({ version, name: version.name, action })),
);

describe('every message that a station may send', () => {
  it('are 25 in 2.0.1 and 37 in 2.1', () => {
    expect(family.map(({ routes }) => routes.size)).toEqual([25, 37]);
    expect(
      family.flatMap(({ name, routes }) => [...routes.keys()].map((action) => `${name} ${action}`)).sort(),
    ).toEqual(inbound.map(({ name, action }) => `${name} ${action}`).sort());
  });

  it.each(inbound)('$name $action is read, and its answer is valid', ({ version, action }) => {
    const route = version.routes.get(action);
    if (!route) throw new Error(`${action} has no route`);
    for (const payload of samplesOf(version, action)) {
      const event = route.readEvent(payload, JSON.stringify(payload), NOW);
      expect(route.checkResponse(route.writeResponse(outcomeOf(event)))).toBeUndefined();
    }
  });

  it.each(family.map((version) => ({ name: version.name, version })))(
    '$name: the answers that are a refusal say so',
    ({ version }) => {
      const said = (action: string): unknown =>
        version.routes.get(action)?.writeResponse({ type: 'notification-received' });
      expect(said('NotifyEVChargingNeeds')).toEqual({ status: 'Rejected' });
      expect(said('Get15118EVCertificate')).toEqual({ status: 'Failed', exiResponse: '' });
    },
  );
});

describe('every command of ours', () => {
  const plan = [
    { startS: 0, limitW: 7000 },
    { startS: 600, limitW: 0 },
  ];
  const commands: ChargerCommand[] = [
    { type: 'remote-start', connectorId: 2, idTag: 'T'.repeat(20), remoteStartId: 7, schedule: plan },
    { type: 'remote-stop', transactionId: 'tx' },
    { type: 'trigger-message', requestedMessage: 'TransactionEvent', connectorId: 1 },
    { type: 'trigger-message', requestedMessage: 'Heartbeat' },
    { type: 'get-configuration' },
    { type: 'get-configuration', keys: ['TxCtrlr.TxStartPoint', 'nonsense'] },
    { type: 'change-configuration', key: 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]', value: '5' },
    { type: 'set-charging-profile', profileId: 9, connectorId: 1, transactionId: 'tx', schedule: plan },
    { type: 'clear-charging-profile', profileId: 9 },
    { type: 'reserve', reservationId: 4, connectorId: 1, idTag: 'T'.repeat(20), expiresAt: NOW },
    { type: 'cancel-reservation', reservationId: 4 },
    { type: 'unlock-connector', connectorId: 2003 },
    { type: 'get-transaction-status', transactionId: 'tx' },
    { type: 'action', action: 'ClearCache', payload: {} },
  ];

  it.each(
    family.flatMap((version) =>
      commands.map((command) => ({ name: version.name, type: command.type, version, command })),
    ),
  )('$name $type is a valid request', ({ version, command }) => {
    const call = version.encodeCommand(command);
    expect(call?.checkRequest(call.payload)).toBeUndefined();
  });

  it('F01 a start names token, number and EVSE', () => {
    expect(v201.encodeCommand({ type: 'remote-start', connectorId: 2, idTag: 'TAG', remoteStartId: 7 })).toMatchObject({
      action: 'RequestStartTransaction',
      payload: { evseId: 2, remoteStartId: 7, idToken: { idToken: 'TAG', type: 'Central' } },
    });
  });

  it('K01.FR.39 the profile of a start has the id by which it is replaced and cleared', () => {
    const call = v201.encodeCommand({
      type: 'remote-start',
      connectorId: 2,
      idTag: 'TAG',
      remoteStartId: 7,
      schedule: plan,
    });
    expect(call?.payload).toMatchObject({ remoteStartId: 7, chargingProfile: { id: 7 } });
  });

  it('has no words for a key of 1.6, nor for what only a station says', () => {
    expect(v201.encodeCommand({ type: 'change-configuration', key: 'HeartbeatInterval', value: '1' })).toBeUndefined();
    expect(v201.encodeCommand({ type: 'action', action: 'TransactionEvent', payload: {} })).toBeUndefined();
    expect(v201.encodeCommand({ type: 'action', action: 'ChangeConfiguration', payload: {} })).toBeUndefined();
    expect(v201.encodeCommand({ type: 'action', action: 'SetDefaultTariff', payload: {} })).toBeUndefined();
    expect(v21.encodeCommand({ type: 'action', action: 'SetDefaultTariff', payload: {} })).toBeDefined();
  });

  it('reads what answers say', () => {
    expect(v201.detailsOf?.({ status: 'Accepted', transactionId: 'tx' })).toEqual({ transactionId: 'tx' });
    expect(v201.detailsOf?.({ messagesInQueue: false, ongoingIndicator: true })).toEqual({
      ongoing: true,
      messagesInQueue: false,
    });
    expect(v201.statusOf({ setVariableResult: [{ attributeStatus: 'RebootRequired' }] })).toBe('RebootRequired');
    expect(v201.statusOf({ status: 'Rejected' })).toBe('Rejected');
  });
});

describe('TransactionEvent', () => {
  const read = (payload: Payload, version = v201): ChargerEvent | undefined =>
    version.routes.get('TransactionEvent')?.readEvent(payload, JSON.stringify(payload), NOW);
  const event = {
    eventType: 'Started',
    timestamp: AT,
    triggerReason: 'RemoteStart',
    seqNo: 3,
    offline: true,
    reservationId: 8,
    evse: { id: 2, connectorId: 1 },
    idToken: { idToken: 'TAG', type: 'Central' },
    transactionInfo: { transactionId: 'tx', remoteStartId: 7, chargingState: 'Charging', stoppedReason: 'Local' },
    meterValue: [
      {
        timestamp: AT,
        sampledValue: [
          { value: 1.0005, context: 'Transaction.Begin', unitOfMeasure: { unit: 'kWh' } },
          { value: 15, context: 'Transaction.End', unitOfMeasure: { unit: 'Wh', multiplier: 2 } },
        ],
      },
    ],
  };

  it('is read whole', () => {
    expect(read(event)).toEqual({
      type: 'transaction-event',
      eventType: 'started',
      transactionId: 'tx',
      seqNo: 3,
      triggerReason: 'RemoteStart',
      offline: true,
      connectorId: 2,
      idTag: 'TAG',
      remoteStartId: 7,
      reservationId: 8,
      chargingState: 'Charging',
      stoppedReason: 'Local',
      samples: [{ at: NOW, registerWh: 1500 }],
      meterStartWh: 1001,
      meterStopWh: 1500,
      at: NOW,
      raw: JSON.stringify(event),
    });
  });

  it('a register of any context in a Started is that of the beginning, in an Ended it is not that of the end', () => {
    const meterValue = [{ timestamp: AT, sampledValue: [{ value: 77 }] }];
    expect(read({ ...event, meterValue })).toMatchObject({ meterStartWh: 77 });
    expect(read({ ...event, eventType: 'Ended', meterValue })).not.toHaveProperty('meterStopWh');
  });

  it('says which limits a 2.1 station keeps', () => {
    const transactionInfo = { transactionId: 'tx', transactionLimit: { maxEnergy: 5000, maxSoC: 80, maxCost: 1.5 } };
    expect(read({ ...event, transactionInfo }, v21)).toMatchObject({ limit: { energyWh: 5000, socPercent: 80 } });
  });

  it('is never refused when it says which transaction it is about', () => {
    const action = 'TransactionEvent';
    const route = v201.routes.get(action);
    if (!route) throw new Error('2.0.1 has no TransactionEvent');
    const message = {
      version: '2.0.1',
      action,
      kind: 'request',
      check: route.checkRequest,
      billingFields: route.billingFields,
    } as const;
    const faulty = {
      ...event,
      triggerReason: 'Whim',
      seqNo: '3',
      meterValue: null,
      transactionInfo: { transactionId: 12 },
    };
    expect(route.checkRequest(faulty)).toBeDefined();
    const { payload, violation } = validateLeniently(message, faulty);
    expect(violation).toBeUndefined();
    expect(read(payload)).toMatchObject({ transactionId: '12', triggerReason: '', seqNo: 3, samples: [] });
    expect(validateLeniently(message, { ...event, transactionInfo: {} }).violation).toBeDefined();
  });

  it('answers cost in the currency’s decimals, and a limit in 2.1 only', () => {
    const outcome: ChargerOutcome = {
      type: 'transaction-event',
      status: 'Accepted',
      cost: { amountMinor: 1605, currency: 'INR' },
      limit: { energyWh: 500, costMinor: 2000 },
    };
    const answer = { idTokenInfo: { status: 'Accepted' }, totalCost: 16.05 };
    expect(v201.routes.get('TransactionEvent')?.writeResponse(outcome)).toEqual(answer);
    expect(v21.routes.get('TransactionEvent')?.writeResponse(outcome)).toEqual({
      ...answer,
      transactionLimit: { maxEnergy: 500, maxCost: 20 },
    });
    expect(v201.routes.get('TransactionEvent')?.writeResponse({ type: 'transaction-event' })).toEqual({});
  });
});

describe('what is counted otherwise than in 1.6', () => {
  it('connectors: an EVSE’s first has its number, there and back', () => {
    expect([toConnectorNumber(2), toConnectorNumber(2, 1), toConnectorNumber(2, 3), toConnectorNumber(0, 0)]).toEqual([
      2, 2, 2003, 0,
    ]);
    for (const flat of [0, 1, 2, 999, 2002, 14_003]) {
      const { id, connectorId } = toEvse(flat);
      expect(toConnectorNumber(id, connectorId)).toBe(flat);
    }
  });

  it('an EVSE without a connector is marked, and counts as its first connector', () => {
    const info = { transactionId: 'tx' };
    const read = (action: string, payload: Payload) => v201.routes.get(action)?.readEvent(payload, '', NOW);
    const of = (evse: Payload) => read('TransactionEvent', { transactionInfo: info, evse });
    expect(of({ id: 2 })).toMatchObject({ connectorId: 2, isWholeEvse: true });
    expect(of({ id: 2, connectorId: 1 })).not.toHaveProperty('isWholeEvse');
    expect(read('MeterValues', { evseId: 2, meterValue: [] })).toMatchObject({ connectorId: 2, isWholeEvse: true });
  });

  it('sampled values: a power of ten, exact in decimal', () => {
    const value = (sampled: Payload): number | undefined =>
      readSamples([{ timestamp: AT, sampledValue: [sampled] }], NOW)[0]?.registerWh;
    expect(value({ value: 1.1, unitOfMeasure: { multiplier: 3 } })).toBe(1100);
    expect(value({ value: 1234, unitOfMeasure: { unit: 'kWh', multiplier: -3 } })).toBe(1234);
    expect(value({ value: 1e21, unitOfMeasure: { multiplier: -18 } })).toBe(1000);
    expect(value({ value: 5, measurand: 'Energy.Active.Import.Interval' })).toBeUndefined();
  });

  it('sampled values: a unit is free text, so its case does not matter', () => {
    const value = (unit: string): number | undefined =>
      readSamples([{ timestamp: AT, sampledValue: [{ value: 1.5, unitOfMeasure: { unit } }] }], NOW)[0]?.registerWh;
    expect(['kwh', 'KWH', 'KWh'].map(value)).toEqual([1500, 1500, 1500]);
    expect(value('MWh')).toBeUndefined();
  });

  it('keys: component, instance, EVSE and variable in one', () => {
    for (const key of [
      'TxCtrlr.TxStartPoint',
      'OCPPCommCtrlr.MessageAttempts[TransactionEvent]',
      'EVSE#2.Power',
      'Connector#2:1.AvailabilityState',
      'CustomizationCtrlr[vendor].Setting[a]',
    ]) {
      const entry = parseVariableKey(key);
      expect(entry && variableKeyOf(entry)).toBe(key);
    }
    expect(parseVariableKey('HeartbeatInterval')).toBeUndefined();
  });

  it('a page of a report gives its actual values', () => {
    const page = {
      reportData: [
        {
          component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
          variable: { name: 'AvailabilityState' },
          variableAttribute: [{ type: 'Target', value: 'no' }, { value: 'Available' }],
        },
        { component: { name: 'A' }, variable: { name: 'B' }, variableAttribute: [{ type: 'MaxSet', value: 'no' }] },
      ],
    };
    expect({ ...readReport(page) }).toEqual({ 'Connector#1:1.AvailabilityState': 'Available' });
  });

  it('G01 connectors’ states come as status or as event', () => {
    const route = (action: string, payload: Payload) => v201.routes.get(action)?.readEvent(payload, '', NOW);
    expect(
      route('StatusNotification', { timestamp: AT, connectorStatus: 'Occupied', evseId: 2, connectorId: 2 }),
    ).toEqual({
      type: 'connector-status-changed',
      connectorId: 2002,
      status: 'Occupied',
      errorCode: 'NoError',
      at: NOW,
    });
    const says = (variable: string, actualValue: string): Payload => ({
      component: { name: 'Connector', evse: { id: 1, connectorId: 1 } },
      variable: { name: variable },
      actualValue,
      timestamp: AT,
    });
    expect(
      route('NotifyEvent', { eventData: [says('AvailabilityState', 'Available'), says('Problem', 'true')] }),
    ).toEqual({
      type: 'connector-statuses-reported',
      connectors: [
        { connectorId: 1, status: 'Available', errorCode: 'NoError', at: NOW },
        { connectorId: 1, status: 'Faulted', errorCode: 'OtherError', at: NOW },
      ],
    });
    const [status, power] = [says('AvailabilityState', 'Available'), says('Power', '3')];
    expect(route('NotifyEvent', { generatedAt: AT, seqNo: 0, eventData: [status, power] })).toMatchObject({
      type: 'connector-statuses-reported',
      connectors: [{ status: 'Available' }],
      rest: { action: 'NotifyEvent', payload: { generatedAt: AT, seqNo: 0, eventData: [power] } },
    });
    expect(route('NotifyEvent', { eventData: [says('Problem', 'false'), says('Power', '3')] })).toMatchObject({
      type: 'notification-received',
    });
  });
});

describe('the meter journal', () => {
  it('is read again in each version’s words', () => {
    const meterValue = [{ timestamp: AT, sampledValue: [{ value: 1.5, unitOfMeasure: { unit: 'kWh' } }] }];
    for (const version of family)
      expect(version.readMeterSamples({ meterValue }, NOW)).toEqual([{ at: NOW, registerWh: 1500 }]);
    const old = [{ timestamp: AT, sampledValue: [{ value: '1.5', unit: 'kWh' }] }];
    expect(v16.readMeterSamples({ meterValue: old }, NOW)).toEqual([{ at: NOW, registerWh: 1500 }]);
    expect(OCPP_VERSIONS.map(({ subprotocol }) => subprotocol)).toEqual(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']);
  });
});
