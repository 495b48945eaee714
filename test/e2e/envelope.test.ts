/**
 * A whole order at a charger that sends its frames as objects, names no subprotocol, and reuses the message id 1234.
 */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { valueAt, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import { begun, detailsOf, ended, outcomeOf, place, totalOf } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, PASSWORD, TARIFF, type TestSystem } from './test-system.js';

const CHARGE_POINT = 'CP-01';
const LIMIT_WH = 100;
const STEP_WH = 10;

let system: TestSystem;
beforeAll(async () => {
  const chargePoints = { [CHARGE_POINT]: { profile: 1, password: PASSWORD, dialect: 'envelope' } };
  system = await startTestSystem({ chargePoints: [CHARGE_POINT], settings: { ocpp: { chargePoints } } });
  await system.bridge.start();
});
afterAll(async () => {
  await system.close();
  await nothingLeft();
});

class ObjectCharger {
  registerWh = 5_000;
  readonly asked: Json[] = [];
  private readonly answers: Json[] = [];
  private heard: (() => void) | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.hear(data.toString()));
  }

  static async connect(url: string): Promise<ObjectCharger> {
    const headers = { authorization: `Basic ${Buffer.from(`${CHARGE_POINT}:${PASSWORD}`).toString('base64')}` };
    const socket = new WebSocket(`${url}/${CHARGE_POINT}`, { headers });
    const charger = new ObjectCharger(socket);
    await once(socket, 'open');
    return charger;
  }

  private hear(text: string): void {
    const frame: unknown = JSON.parse(text);
    if (!isJson(frame)) throw new Error(`no object: ${text}`);
    if (frame['action'] === undefined) {
      this.answers.push(frame);
      this.heard?.();
      return;
    }
    this.asked.push(frame);
    const known = ['RemoteStartTransaction', 'RemoteStopTransaction'].includes(String(frame['action']));
    // The answer reuses the id and has no payload, because the status is enough.
    this.socket.send(JSON.stringify({ messageId: '1234', status: known ? 'Accepted' : 'NotSupported' }));
  }

  async ask(action: string, payload: object): Promise<Json> {
    this.socket.send(JSON.stringify({ messageId: '1234', action, payload }));
    const answer = await eventually(`an answer to ${action}`, () => this.answers.shift());
    expect(answer).toMatchObject({ messageId: '1234', status: expect.any(String) });
    return answer;
  }

  /** Waits for a call of the bridge and returns its payload. */
  called(action: string): Promise<Json> {
    return eventually(`${action} was asked`, () => {
      const payload = this.asked.find((frame) => frame['action'] === action)?.['payload'];
      return isJson(payload) ? payload : undefined;
    });
  }

  async sample(transactionId: unknown): Promise<void> {
    this.registerWh += STEP_WH;
    // A number instead of text, an object instead of a list, and a time without a zone, as real chargers send.
    const sampledValue = { value: this.registerWh };
    const meterValue = [{ timestamp: new Date().toISOString().slice(0, 19), sampledValue }];
    await this.ask('MeterValues', { connectorId: 1, transactionId, meterValue });
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

it('is started by us, metered, stopped at its limit, and billed to the meter', { timeout: 90_000 }, async () => {
  const charger = await ObjectCharger.connect(system.addresses.ocpp);
  const boot = await charger.ask('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M', extra: 1 });
  expect(boot).toMatchObject({ status: 'Accepted', payload: { status: 'Accepted', interval: expect.any(Number) } });
  const status = { connectorId: 1, errorCode: 'NoError', status: 'Preparing', info: null };
  expect(await charger.ask('StatusNotification', status)).toEqual({ messageId: '1234', status: 'Accepted' });

  const { orderId } = await place(system.buyer, system.choice(CHARGE_POINT, 'units', LIMIT_WH));
  const start = await charger.called('RemoteStartTransaction');
  const meterStart = charger.registerWh;
  const timestamp = new Date().toISOString();
  const { idTag } = start;
  const started = await charger.ask('StartTransaction', { connectorId: 1, idTag, meterStart, timestamp });
  const transactionId = valueAt(started, 'payload', 'transactionId');
  expect(transactionId).toEqual(expect.any(Number));
  expect(valueAt(started, 'payload', 'idTagInfo', 'status')).toBe('Accepted');

  await charger.sample(transactionId);
  expect(detailsOf(await begun(system.buyer, orderId)).size).toBeGreaterThan(0);
  const stop = charger.called('RemoteStopTransaction');
  let stopping = false;
  void stop.then(() => (stopping = true));
  while (!stopping) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await charger.sample(transactionId);
  }
  expect(await stop).toEqual({ transactionId });
  const end = { transactionId, meterStop: charger.registerWh, timestamp: new Date().toISOString(), reason: 'Remote' };
  expect(await charger.ask('StopTransaction', end)).toMatchObject({ status: 'Accepted' });

  const bill = await ended(system.buyer, orderId);
  const energyWh = Math.min(charger.registerWh - meterStart, LIMIT_WH);
  const net = (energyWh * TARIFF.pricePerKwh) / 1000 + TARIFF.serviceFee;
  expect(Math.abs(totalOf(bill) - net * (1 + TARIFF.gstBps / 10_000))).toBeLessThan(2);
  expect(outcomeOf(bill)).not.toBe('');

  const violations = await system.operator(`/api/charge-points/${CHARGE_POINT}/protocol-violations`);
  expect(violations).toMatchObject({ quirks: expect.arrayContaining(['null-members', 'single-sampled-value']) });
  expect(violations['total']).toBeGreaterThan(0);
  await charger.close();
});
