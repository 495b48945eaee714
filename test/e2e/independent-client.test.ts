/** A third-party charger, which checks every message of ours strictly, completes a paid session. */
import { createRequire } from 'node:module';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/model/object.js';
import { begun, ended, place, refundOf, totalOf } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, PASSWORD, type TestSystem } from './test-system.js';

interface Handled {
  readonly params: { readonly [key: string]: Json };
}

/** The part of the package that we use: a client that checks both directions against the published schemas. */
interface Client {
  connect(): Promise<unknown>;
  close(options?: { readonly force?: boolean }): Promise<unknown>;
  handle(action: string, answer: (call: Handled) => { readonly [key: string]: Json }): void;
  call(action: string, params: { readonly [key: string]: Json }): Promise<{ readonly [key: string]: Json }>;
  on(event: 'strictValidationFailure', tell: (failure: { readonly error: Error }) => void): void;
}

const { RPCClient } = createRequire(import.meta.url)('ocpp-rpc') as {
  readonly RPCClient: new (options: { readonly [name: string]: unknown }) => Client;
};

const ID = 'INDEPENDENT-1';
const METER_START = 7_000;
/** A plausible register for a connector that charges only as long as the test takes, Wh. */
const METER_STOP = 7_030;
const ACCEPTED = { status: 'Accepted' };
const now = (): string => new Date().toISOString();

interface Story {
  readonly protocol: string;
  /** Answers the calls of the bridge, and calls `started` with the tag of the remote start. */
  prepare(client: Client, started: (tag: string) => void, stopped: () => void): void;
  boot(client: Client): Promise<void>;
  charge(client: Client, tag: string): Promise<() => Promise<void>>;
}

const sampled = (value: number) => [{ timestamp: now(), sampledValue: [{ value: String(value), unit: 'Wh' }] }];

const V16: Story = {
  protocol: 'ocpp1.6',
  prepare(client, started, stopped) {
    client.handle('GetConfiguration', () => ({ configurationKey: [], unknownKey: [] }));
    client.handle('ChangeConfiguration', () => ACCEPTED);
    client.handle('TriggerMessage', () => ACCEPTED);
    client.handle('RemoteStartTransaction', ({ params }) => {
      started(String(params['idTag']));
      return ACCEPTED;
    });
    client.handle('RemoteStopTransaction', () => {
      stopped();
      return ACCEPTED;
    });
  },
  async boot(client) {
    const answer = await client.call('BootNotification', { chargePointVendor: 'Other', chargePointModel: 'O1' });
    expect(answer['status']).toBe('Accepted');
    for (const connectorId of [0, 1])
      await client.call('StatusNotification', { connectorId, status: 'Available', errorCode: 'NoError' });
  },
  async charge(client, tag) {
    const authorised = await client.call('Authorize', { idTag: tag });
    expect(authorised['idTagInfo']).toMatchObject(ACCEPTED);
    const start = { connectorId: 1, idTag: tag, meterStart: METER_START, timestamp: now() };
    const { transactionId = 0, idTagInfo } = await client.call('StartTransaction', start);
    expect(idTagInfo).toMatchObject(ACCEPTED);
    await client.call('StatusNotification', { connectorId: 1, status: 'Charging', errorCode: 'NoError' });
    for (const value of [METER_START + 10, METER_STOP])
      await client.call('MeterValues', { connectorId: 1, transactionId, meterValue: sampled(value) });
    return async () => {
      const end = { transactionId, idTag: tag, meterStop: METER_STOP, timestamp: now(), reason: 'Remote' };
      await client.call('StopTransaction', end);
      await client.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    };
  },
};

/** Builds the results of GetVariables and SetVariables: the station has none of the requested variables. */
function unknown(list: unknown): Json[] {
  type Named = { readonly component: Json; readonly variable: Json };
  return (list as Named[]).map(({ component, variable }) => ({
    attributeStatus: 'UnknownVariable',
    component,
    variable,
  }));
}

function v201(): Story {
  const EVSE = { id: 1, connectorId: 1 };
  const transactionId = 'tx-1';
  let remoteStartId: Json = 0;
  let seqNo = 0;
  const status = (connectorStatus: string) => ({ evseId: 1, connectorId: 1, connectorStatus, timestamp: now() });
  const event = (eventType: string, triggerReason: string, value: number, info: object, more: object = {}) => ({
    eventType,
    triggerReason,
    timestamp: now(),
    seqNo: seqNo++,
    transactionInfo: { transactionId, ...info },
    meterValue: [{ timestamp: now(), sampledValue: [{ value, unitOfMeasure: { unit: 'Wh' } }] }],
    ...more,
  });
  return {
    protocol: 'ocpp2.0.1',
    prepare(client, started, stopped) {
      client.handle('GetVariables', ({ params }) => ({ getVariableResult: unknown(params['getVariableData']) }));
      client.handle('SetVariables', ({ params }) => ({ setVariableResult: unknown(params['setVariableData']) }));
      client.handle('TriggerMessage', () => ACCEPTED);
      client.handle('RequestStartTransaction', ({ params }) => {
        remoteStartId = params['remoteStartId'] ?? 0;
        started((params['idToken'] as { idToken: string }).idToken);
        return ACCEPTED;
      });
      client.handle('RequestStopTransaction', ({ params }) => {
        expect(params).toEqual({ transactionId });
        stopped();
        return ACCEPTED;
      });
    },
    async boot(client) {
      const chargingStation = { vendorName: 'Other', model: 'O2' };
      const answer = await client.call('BootNotification', { reason: 'PowerUp', chargingStation });
      expect(answer['status']).toBe('Accepted');
      await client.call('StatusNotification', status('Available'));
    },
    async charge(client, tag) {
      const idToken = { idToken: tag, type: 'Central' };
      const authorised = await client.call('Authorize', { idToken });
      expect(authorised['idTokenInfo']).toMatchObject(ACCEPTED);
      await client.call('StatusNotification', status('Occupied'));
      const begin = event(
        'Started',
        'RemoteStart',
        METER_START,
        { remoteStartId, chargingState: 'Charging' },
        { idToken, evse: EVSE },
      );
      expect((await client.call('TransactionEvent', begin))['idTokenInfo']).toMatchObject(ACCEPTED);
      for (const value of [METER_START + 10, METER_STOP])
        await client.call('TransactionEvent', event('Updated', 'MeterValuePeriodic', value, {}));
      return async () => {
        const end = event('Ended', 'RemoteStop', METER_STOP, { stoppedReason: 'Remote' });
        expect((await client.call('TransactionEvent', end))['totalCost']).toBeGreaterThan(0);
        await client.call('StatusNotification', status('Available'));
      };
    },
  };
}

let system: TestSystem | undefined;
let client: Client | undefined;
afterEach(async () => {
  await client?.close({ force: true });
  await system?.close();
});
afterAll(() => nothingLeft());

// Not 2.1: the package's validator looks for its schemas under other names.
describe.each([V16, v201()])('an independent $protocol client in strict mode', (scenario) => {
  it('boots, is started by a confirm, charges, is stopped by its buyer, and is billed by its meter', async () => {
    system = await startTestSystem({ chargePoints: [ID] });
    await system.bridge.start();
    const failures: string[] = [];
    const mine = new RPCClient({
      endpoint: system.addresses.ocpp,
      identity: ID,
      password: PASSWORD,
      protocols: [scenario.protocol],
      strictMode: true,
      reconnect: false,
    });
    client = mine;
    mine.on('strictValidationFailure', ({ error }) => failures.push(error.message));
    let tag = '';
    let stopAsked = false;
    scenario.prepare(
      mine,
      (given) => (tag = given),
      () => (stopAsked = true),
    );
    await mine.connect();
    await scenario.boot(mine);

    const placed = await place(system.buyer, system.choice(ID, 'units', 10_000));
    await eventually('the remote start', () => tag !== '');
    const stop = await scenario.charge(mine, tag);
    await begun(system.buyer, placed.orderId);
    const sent = await system.buyer.send('cancel', { order_id: placed.orderId, descriptor: { code: 'stop-charging' } });
    expect(sent.ack).toBe(true);
    await eventually('the remote stop', () => stopAsked);
    await stop();

    const final = await ended(system.buyer, placed.orderId);
    expect(final['status']).toBe('COMPLETE');
    const [order] = (await system.operator('/api/orders'))['orders'] as { readonly [key: string]: Json }[];
    expect(order).toMatchObject({ state: 'completed', energyWh: METER_STOP - METER_START });
    expect(totalOf(final) + refundOf(final)).toBe(placed.paid);
    expect(failures).toEqual([]);
  });
});
