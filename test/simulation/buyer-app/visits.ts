/** What drivers do with a buyer app: buy, look, change their mind, stop, cancel and compete; and what a hostile app tries. */
import type { SentRequest, BuyerApp } from './buyer-app.js';
import { at, hundredths, text } from '../runtime/json.js';
import { CONNECTORS, type ConnectorSpec, providerOf } from '../node/network.js';

type Option = { readonly code: 'units' | 'amount' | 'time' | 'soc'; readonly value: string };

/** The orders that a hostile buyer app knows of. */
export type KnownOrders = { readonly orderId: string; readonly owner: string }[];

function tag(group: string, code: string, value: string): object {
  const list = [{ display: true, descriptor: { code, name: code }, value }];
  return { display: true, descriptor: { code: group, name: group }, list };
}

export function orderOf(connector: ConnectorSpec, option: Option): object {
  return {
    provider: { id: providerOf(connector) },
    items: [
      { id: connector.stationId, descriptor: { code: 'charging-station' } },
      { id: connector.chargePointId.toLowerCase(), descriptor: { code: 'charge-point' } },
      { id: connector.itemId, descriptor: { code: 'connector' } },
    ],
    tags: [tag('selected-charging-option', option.code, option.value), tag('selected-payment-method', 'method', 'UPI')],
  };
}

/** A slot of half an hour in the near future. */
export function bookedTime({ environment: { random, time } }: BuyerApp): object {
  const from = time.now() + random.between(3, 25) * 60_000;
  const stop = (type: string, when: number): object => ({ type, time: { timestamp: new Date(when).toISOString() } });
  return { fulfillments: [{ stops: [stop('start', from), stop('end', from + 30 * 60_000)] }] };
}

function randomOption(app: BuyerApp): Option {
  const { random, faults } = app.environment;
  if (faults.strikes('small-orders', app.extras, 0.7))
    return { code: 'units', value: String(app.extras.between(100, 600)) };
  switch (random.pick(['units', 'amount', 'time', 'soc'] as const)) {
    case 'units':
      return { code: 'units', value: String(random.between(500, 15_000)) };
    case 'amount':
      return { code: 'amount', value: String(random.between(20, 300)) };
    case 'time':
      return { code: 'time', value: String(random.between(300, 3000)) };
    case 'soc':
      return { code: 'soc', value: String(random.between(50, 95)) };
  }
}

/** The visit of one driver, from the first request to the end of the order. */
export async function visit(
  app: BuyerApp,
  knownOrders: KnownOrders,
  connector = app.environment.random.pick(CONNECTORS),
): Promise<void> {
  const { random, time } = app.environment;
  const transactionId = random.uuid();
  const option = randomOption(app);
  const selection = {
    ...orderOf(connector, option),
    ...(random.happens(0.15) && bookedTime(app)),
    ...(app.environment.faults.strikes('bookings', app.extras, 0.6) && bookedTime(app)),
  };
  if (random.happens(0.3)) await app.ask(app.buildRequest('search', transactionId, { intent: {} }), 2);
  let total = at(
    await app.ask(app.buildRequest('select', transactionId, { order: selection })),
    'message',
    'order',
    'quote',
  );
  if (random.happens(0.8)) {
    const billing = { name: 'A driver', email: 'driver@example.com', phone: '+910000000000' };
    const init = app.buildRequest('init', transactionId, { order: { ...selection, billing } });
    total = at(await app.ask(init), 'message', 'order', 'quote') ?? total;
  }
  const cents = hundredths(at(total, 'price', 'value'));
  if (cents === undefined) return;
  await time.sleep(random.between(500, 30_000));
  if (app.environment.faults.ended) return;
  const orderId = await confirm(app, transactionId, selection, cents);
  if (orderId === undefined) return;
  knownOrders.push({ orderId, owner: app.id });
  if (app.environment.faults.strikes('support', app.extras, 0.7))
    await app.ask(app.buildRequest('support', transactionId, { ref_id: app.extras.pick([orderId, 'unknown-id']) }), 3);
  await followUp(app, transactionId, orderId, option, connector);
}

async function confirm(
  app: BuyerApp,
  transactionId: string,
  selection: object,
  cents: number,
): Promise<string | undefined> {
  const { random, faults, time } = app.environment;
  const extras = app.extras;
  // Some drivers pay a little more than the quote, some less.
  const paid = random.happens(0.1) ? cents + random.between(1, 5000) : random.happens(0.03) ? cents - 1 : cents;
  const isOdd = faults.strikes('odd-numbers', extras, 0.5);
  const plain = (paid / 100).toFixed(2);
  const amount = isOdd ? extras.pick([plain.replace('.', ','), `${plain.replace('.', '')},00`, `${plain}e0`]) : plain;
  const payment = { status: 'PAID', params: { amount, currency: 'INR' }, type: 'PRE-ORDER' };
  const message = { order: { ...selection, payments: [payment] } };
  for (let attempt = 0; attempt < 4; attempt++) {
    const request = app.buildRequest('confirm', transactionId, message);
    if (faults.strikes('new-confirm', random, 0.3))
      void app.ask(app.buildRequest('confirm', transactionId, message), 2);
    const elsewhere = faults.strikes('foreign-uri', extras, 0.3);
    const body = request.body.replace(app.uri, `https://elsewhere.example/${app.id}`);
    const answer = await app.ask(elsewhere ? { ...request, body } : request, 3);
    if (answer === undefined) {
      await time.sleep(random.between(1000, 20_000));
      continue;
    }
    return text(at(answer, 'message', 'order', 'id')) || undefined;
  }
  return undefined;
}

async function followUp(
  app: BuyerApp,
  transactionId: string,
  orderId: string,
  option: Option,
  connector: ConnectorSpec,
): Promise<void> {
  const { random, time } = app.environment;
  for (let left = random.between(0, 4); left > 0; left--) {
    await time.sleep(random.between(5000, 400_000));
    const send = (action: string, message: object): Promise<unknown> =>
      app.ask(app.buildRequest(action, transactionId, message), 3);
    switch (random.between(0, 9)) {
      case 0:
      case 1:
        await send('cancel', { order_id: orderId, descriptor: { code: 'stop-charging', name: 'Stop charging' } });
        break;
      case 2:
        await send('cancel', { order_id: orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'no time' } });
        break;
      case 3:
      case 4: {
        const newOption =
          option.code === 'soc' ? { ...option, value: String(random.between(40, 99)) } : randomOption(app);
        await send('update', { update_target: 'tags', order: { id: orderId, ...orderOf(connector, newOption) } });
        break;
      }
      case 5:
        await send('track', { order_id: orderId });
        break;
      default:
        await send('status', { order_id: orderId });
    }
  }
}

/** Sends a request about another buyer app's order, in its own name or in the other's. */
export async function probeForeignOrder(app: BuyerApp, knownOrders: KnownOrders): Promise<void> {
  const { random } = app.environment;
  const target = knownOrders.filter((one) => one.owner !== app.id).at(-1);
  if (!target) return;
  app.environment.faults.count('hostile');
  const order_id = target.orderId;
  const attempts: [string, object][] = [
    ['status', { order_id }],
    ['cancel', { order_id, descriptor: { code: 'stop-charging' } }],
    ['cancel', { order_id, cancellation_reason_id: '1' }],
    ['update', { update_target: 'billing', order: { id: order_id, billing: { name: 'Intruder' } } }],
    ['track', { order_id }],
  ];
  const [action, message] = random.pick(attempts);
  const request = app.buildRequest(action, random.uuid(), message);
  const forged: SentRequest = { ...request, body: request.body.replaceAll(app.id, target.owner) };
  await app.post(random.happens(0.5) ? forged : request);
}
