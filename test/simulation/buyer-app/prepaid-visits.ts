/** Visits of drivers whose buyer app lets the bridge collect the payment. */
import { ueiCharging, ueiChargingPulse } from '../dialects/uei-charging.js';
import { startCharging } from './follow-up.js';
import { Journey } from './journey.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';
import { bookedTime } from './purchases.js';
import type { Visit } from './visits.js';

/** One driver's visit: payment link, payment, confirm, and sometimes a cancel or a reversed payment. */
export async function prepaidVisit(
  { app, dialect, connector }: Omit<Visit, 'knownOrders'>,
  provider: SimulatedPaymentProvider,
): Promise<void> {
  const { random, time, faults } = app.environment;
  const journey = new Journey(app, dialect === ueiChargingPulse ? ueiCharging : dialect, {
    connector,
    option: { kind: 'energy', value: random.between(500, 9000) },
    ...(random.happens(0.4) && bookedTime(app)),
    collector: 'BPP',
  });
  if ((await journey.ask('select')) === undefined) return;
  const answer = await app.ask(journey.request('init'));
  const order = journey.read(answer);
  const id = /\/links\/([\w-]+)/.exec(JSON.stringify(answer ?? {}))?.[1];
  if (id === undefined || !order || Number.isNaN(order.total)) return;
  await time.sleep(random.between(1000, 200_000));
  if (!provider.pay(id)) return;
  if (faults.has('chargeback') && random.happens(0.7))
    time.after(random.between(10_000, 2_400_000), () => {
      if (!faults.ended) provider.takeBack(id);
    });
  await time.sleep(random.between(1000, 30_000));
  if (faults.strikes('paid-unconfirmed', random, 0.4)) return;
  const confirmed = await journey.ask('confirm', 3, { amount: (order.total / 100).toFixed(2) });
  if (!confirmed || confirmed.id === '') return;
  journey.orderId = confirmed.id;
  await startCharging(journey);
  if (!random.happens(0.3)) return;
  await time.sleep(random.between(5000, 400_000));
  await journey.ask('cancel', 3);
}
