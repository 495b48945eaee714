/**
 * A recorded request of a real buyer app is replayed with our ids and keys and gets the answer that the app expects.
 * The status of the session has all that the recorded answer has.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseHundredths, tagValues } from '../../src/sandbox/buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import type { SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import { ask, begun, detailsOf, ended, place, refundOf, totalOf, type Placed } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const CHARGE_POINT = 'CP-01';
const seed = (name: string): Json => {
  const parsed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../wire', name), 'utf8'));
  if (!isJson(parsed)) throw new Error(`${name} is no JSON object`);
  return parsed;
};

let system: TestSystem;
let charger: SimulatedChargePoint;
let placed: Placed;

beforeAll(async () => {
  system = await startTestSystem({ chargePoints: [CHARGE_POINT] });
  await system.bridge.start();
  charger = await system.charger(CHARGE_POINT);
  placed = await place(system.buyer, system.choice(CHARGE_POINT, 'amount', 150));
  await begun(system.buyer, placed.orderId);
  await eventually('a sample came', () => {
    const [view] = charger.state().connectors;
    return view?.transaction && view.registerWh - view.transaction.meterStartWh > 30;
  });
});

afterAll(async () => {
  await system.close();
  await nothingLeft();
});

/** Posts unsigned JSON to the buyer app's client API and returns the callbacks. */
async function client(action: string, body: Json): Promise<Json> {
  const url = system.buyers[0]?.url ?? '';
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/client/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  const answer: unknown = await response.json();
  if (!isJson(answer)) throw new Error('the client answered no object');
  return answer;
}

/** Replaces the ids in the request with ours. */
function withOurIds(request: Json): Json {
  const ours = system.choice(CHARGE_POINT, 'amount', 100);
  const ids = [placed.orderId, ours.providerId, ours.stationId, ours.chargePointId, ours.connectorId];
  const theirs = [
    valueAt(request, 'message', 'order', 'id'),
    valueAt(request, 'message', 'order', 'provider', 'id'),
    ...[0, 1, 2].map((index) => valueAt(request, 'message', 'order', 'items', index, 'id')),
  ].map(textOf);
  const text = theirs.reduce((all, id, index) => all.replace(`"${id}"`, `"${ids[index]}"`), JSON.stringify(request));
  const replaced: unknown = JSON.parse(text);
  return isJson(replaced) ? replaced : {};
}

const theOrder = (answer: Json): Json => {
  const order = valueAt(answer, 'responses', 0, 'message', 'order');
  return isJson(order) ? order : {};
};

/** Replaces the numbers in a value, which leaves its form: `1.63 kWh` becomes `# kWh`. */
const formOf = (value: string): string => value.replace(/\d+(\.\d+)?/g, '#');

/** Returns the paths of all fields. All entries of a list share one path. */
function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => pathsOf(one, `${path}[]`));
  if (!isJson(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}.${key}`));
}

function expectAsRich(answer: Json): void {
  const theirs = theOrder(seed('seed-003-on-status.json'));
  const ours = theOrder(answer);
  const [theirDetails, ourDetails] = [detailsOf(theirs), detailsOf(ours)];
  expect([...ourDetails.keys()]).toEqual([...theirDetails.keys()]);
  expect([...ourDetails.values()].map(formOf)).toEqual([...theirDetails.values()].map(formOf));
  const have = new Set(pathsOf(ours));
  // Their list of images is empty, so ours may be missing.
  const missing = [...new Set(pathsOf(theirs))].filter((path) => !have.has(path) && !path.includes('images'));
  expect(missing).toEqual([]);
}

it('the update is answered with the context and one on_update that carries the new limit', async () => {
  const request = seed('seed-003-update.json');
  const answer = await client('update', withOurIds(request));
  expect(Object.keys(answer)).toEqual(['context', 'responses']);
  expect(asList(answer.responses)).toHaveLength(1);
  const said = valueAt(request, 'context');
  const context = valueAt(answer, 'responses', 0, 'context');
  for (const field of ['domain', 'version', 'location']) expect(valueAt(context, field)).toEqual(valueAt(said, field));
  expect(context).toMatchObject({ action: 'on_update', message_id: valueAt(said, 'message_id') });
  expect(valueAt(context, 'transaction_id')).toBe(placed.transactionId);
  const order = theOrder(answer);
  expect(order.id).toBe(placed.orderId);
  expect([...tagValues(order, 'selected-charging-option')]).toEqual([['amount', '100']]);
  expect([...tagValues(order, 'selected-payment-method')]).toEqual([['method', 'WhatsApp Pay']]);
});

it('the status of the running session is as rich as the answer that is expected', async () => {
  const answer = await client('status', { context: {}, message: { order_id: placed.orderId } });
  expect(valueAt(answer, 'responses', 0, 'context', 'action')).toBe('on_status');
  expectAsRich(answer);
  const order = theOrder(answer);
  expect([order.status, order.type]).toEqual(['ACTIVE', 'DRAFT']);
  const terms = valueAt(order, 'refund_terms', 0, 'refund_amount');
  const [least, estimated, most] = ['minimum_value', 'estimated_value', 'maximum_value'].map(
    (field) => parseHundredths(textOf(valueAt(terms, field))) ?? -1,
  );
  expect(least).toBe(0);
  expect(estimated).toBeGreaterThan(0);
  expect(estimated).toBeLessThan(placed.paid);
  expect(most).toBe(placed.paid);
});

it('the status of the ended session is as rich, and its refund is what was paid and not used', async () => {
  const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
  await ask(system.buyer, 'cancel', { order_id: placed.orderId, descriptor }, placed.transactionId);
  await ended(system.buyer, placed.orderId);
  const answer = await client('status', { context: {}, message: { order_id: placed.orderId } });
  expectAsRich(answer);
  const order = theOrder(answer);
  expect([order.status, order.type]).toEqual(['COMPLETE', 'DEFAULT']);
  expect(refundOf(order)).toBe(placed.paid - totalOf(order));
  const terms = valueAt(order, 'refund_terms', 0, 'refund_amount');
  expect(
    new Set(['minimum_value', 'estimated_value', 'maximum_value'].map((field) => valueAt(terms, field))).size,
  ).toBe(1);
});
