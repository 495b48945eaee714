/**
 * The visit of a driver: search, quote, perhaps a change of mind, confirm, perhaps a request for support.
 * `follow-up.ts` has the start and what comes after it.
 */
import type { BuyerDialect } from '../dialects/buyer-dialect.js';
import type { ConnectorSpec } from '../node/network.js';
import type { BuyerApp } from './buyer-app.js';
import { followUp, startCharging } from './follow-up.js';
import type { KnownOrders } from './hostile-requests.js';
import { Journey } from './journey.js';
import { bookedTime, randomOption } from './purchases.js';

export interface Visit {
  readonly app: BuyerApp;
  readonly dialect: BuyerDialect;
  readonly connector: ConnectorSpec;
  readonly knownOrders: KnownOrders;
}

/** One driver's visit, from the first request to the last. */
export async function visit({ app, dialect, connector, knownOrders }: Visit): Promise<void> {
  const { random, time, faults } = app.environment;
  const journey = new Journey(app, dialect, {
    connector,
    option: randomOption(app, dialect),
    ...(random.happens(0.15) && bookedTime(app)),
    ...(faults.strikes('bookings', app.extras, 0.6) && bookedTime(app)),
  });
  if (random.happens(0.3)) await app.ask(journey.request('search'), 2);
  const cents = await agree(journey);
  if (cents === undefined) return;
  if (dialect.statesIdAtInit && journey.orderId !== undefined && faults.strikes('change-of-mind', app.extras, 0.6))
    return changeMind(journey);
  await time.sleep(random.between(500, 30_000));
  if (faults.ended || !(await confirm(journey, cents))) return;
  knownOrders.push({ orderId: journey.orderId ?? '', owner: app.id, journey });
  if (faults.strikes('support', app.extras, 0.7)) {
    const reference = app.extras.pick([journey.orderId ?? '', 'unknown-id']);
    await app.ask(journey.request('support', { reference }), 3);
  }
  await startCharging(journey);
  await followUp(journey);
}

/** Asks for a quote and usually for the terms. Returns the price in minor units, or `undefined` without one. */
async function agree(journey: Journey): Promise<number | undefined> {
  let order = await journey.ask('select');
  if (journey.app.environment.random.happens(0.8)) {
    const initiated = await journey.ask('init');
    order = initiated ?? order;
    if (initiated && initiated.id !== '') journey.orderId = initiated.id;
  }
  return order === undefined || Number.isNaN(order.total) ? undefined : order.total;
}

/** Asks for the status of an unconfirmed order and cancels it. */
async function changeMind(journey: Journey): Promise<void> {
  const { extras, environment } = journey.app;
  await journey.ask('status', 2);
  await environment.time.sleep(extras.between(1000, 60_000));
  await journey.ask('cancel', 2);
}

/** Returns false if the order was not confirmed. */
async function confirm(journey: Journey, cents: number): Promise<boolean> {
  const { app } = journey;
  const { random, faults, time } = app.environment;
  const extras = app.extras;
  // Some drivers pay a little more than the quote, some less.
  const paid = random.happens(0.1) ? cents + random.between(1, 5000) : random.happens(0.03) ? cents - 1 : cents;
  const isOdd = faults.strikes('odd-numbers', extras, 0.5);
  const plain = (paid / 100).toFixed(2);
  const amount = isOdd ? extras.pick([plain.replace('.', ','), `${plain.replace('.', '')},00`, `${plain}e0`]) : plain;
  for (let attempt = 0; attempt < 4; attempt++) {
    const request = journey.request('confirm', { amount });
    if (faults.strikes('new-confirm', random, 0.3)) void app.ask(journey.request('confirm', { amount }), 2);
    const elsewhere = faults.strikes('foreign-uri', extras, 0.3);
    const body = request.body.replace(app.uri, `https://elsewhere.example/${app.id}`);
    const answer = await app.ask(elsewhere ? { ...request, body } : request, 3);
    if (answer === undefined) {
      await time.sleep(random.between(1000, 20_000));
      continue;
    }
    const order = journey.read(answer);
    if (!order || order.id === '') return false;
    journey.orderId = order.id;
    return true;
  }
  return false;
}
