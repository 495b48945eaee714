/** What drivers do with a buyer app for which the bridge collects the money. */
import type { BuyerApp } from './buyer-app.js';
import { at, hundredths, text } from '../runtime/json.js';
import type { ConnectorSpec } from '../node/network.js';
import { bookedTime, orderOf } from './visits.js';
import type { SimulatedPaymentProvider } from './payment-provider.js';

/** The visit of one driver: a link, the money, a confirm, and perhaps money that goes away again. */
export async function prepaidVisit(
  app: BuyerApp,
  provider: SimulatedPaymentProvider,
  connector: ConnectorSpec,
): Promise<void> {
  const { random, time, faults } = app.environment;
  const transactionId = random.uuid();
  const option = { code: 'units', value: String(random.between(500, 9000)) } as const;
  const selection = { ...orderOf(connector, option), ...(random.happens(0.4) && bookedTime(app)) };
  const select = app.buildRequest('select', transactionId, { order: selection });
  if ((await app.ask(select)) === undefined) return;
  const billing = { name: 'A driver', email: 'driver@example.com', phone: '+910000000000' };
  const answer = await app.ask(app.buildRequest('init', transactionId, { order: { ...selection, billing } }));
  const order = at(answer, 'message', 'order');
  const id = /\/links\/([\w-]+)/.exec(JSON.stringify(order ?? {}))?.[1];
  const cents = hundredths(at(order, 'quote', 'price', 'value'));
  if (id === undefined || cents === undefined) return;
  await time.sleep(random.between(1000, 200_000));
  if (!provider.pay(id)) return;
  if (faults.has('chargeback') && random.happens(0.7))
    time.after(random.between(10_000, 2_400_000), () => {
      if (!faults.ended) provider.takeBack(id);
    });
  await time.sleep(random.between(1000, 30_000));
  if (faults.strikes('paid-unconfirmed', random, 0.4)) return;
  const payment = { status: 'PAID', params: { amount: (cents / 100).toFixed(2), currency: 'INR' }, type: 'PRE-ORDER' };
  const confirm = app.buildRequest('confirm', transactionId, { order: { ...selection, payments: [payment] } });
  const orderId = text(at(await app.ask(confirm, 3), 'message', 'order', 'id'));
  if (orderId === '' || !random.happens(0.3)) return;
  await time.sleep(random.between(5000, 400_000));
  await app.ask(app.buildRequest('cancel', transactionId, { order_id: orderId, cancellation_reason_id: '1' }), 3);
}
