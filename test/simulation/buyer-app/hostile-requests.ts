/** Requests of a hostile buyer app about other buyer apps' orders. */
import { ueiCharging } from '../dialects/uei-charging.js';
import type { BuyerApp } from './buyer-app.js';
import { Journey } from './journey.js';
import { PULSE_APP } from '../node/settings.js';

/** The orders that the hostile buyer app knows. */
export type KnownOrders = { readonly orderId: string; readonly owner: string; readonly journey: Journey }[];

const ATTEMPTS = ['status', 'stop', 'cancel', 'change', 'track', 'start'] as const;

/** Sends a request about another buyer app's order, as itself or as the other one. */
export async function probeForeignOrder(app: BuyerApp, knownOrders: KnownOrders): Promise<void> {
  const { random, faults } = app.environment;
  const target = knownOrders.filter((one) => one.owner !== app.id).at(-1);
  if (!target) return;
  faults.count('hostile');
  const dialect = target.owner === PULSE_APP ? ueiCharging : target.journey.dialect;
  const probe = new Journey(app, dialect, target.journey.purchase);
  probe.orderId = target.orderId;
  const step = random.pick(ATTEMPTS.filter((one) => dialect.requests[one] !== undefined));
  const request = probe.request(step);
  const forged = { ...request, body: request.body.replaceAll(app.id, target.owner) };
  await app.post(random.happens(0.5) ? forged : request);
}
