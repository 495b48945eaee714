/** What people do with a buyer app: buy, look, change their mind, stop, cancel, race; and what thieves try. */
import type { Asked, BuyerApp } from './buyer-app.js';
import { at, hundredths, text } from './json.js';
import { OUTLETS, type Outlet } from './network.js';

export type Option = { readonly code: 'units' | 'amount' | 'time' | 'soc'; readonly value: string };

/** Orders that somebody knows of: what a thief may try. */
export type Known = { readonly orderId: string; readonly owner: string }[];

function tag(group: string, code: string, value: string): object {
  const list = [{ display: true, descriptor: { code, name: code }, value }];
  return { display: true, descriptor: { code: group, name: group }, list };
}

function orderOf(outlet: Outlet, option: Option): object {
  return {
    provider: { id: 'acme' },
    items: [
      { id: outlet.stationId, descriptor: { code: 'charging-station' } },
      { id: outlet.chargePointId.toLowerCase(), descriptor: { code: 'charge-point' } },
      { id: outlet.itemId, descriptor: { code: 'connector' } },
    ],
    tags: [tag('selected-charging-option', option.code, option.value), tag('selected-payment-method', 'method', 'UPI')],
  };
}

/** Half an hour, not far ahead. */
function bookedTime({ world: { chance, time } }: BuyerApp): object {
  const from = time.now() + chance.between(3, 25) * 60_000;
  const stop = (type: string, when: number): object => ({ type, time: { timestamp: new Date(when).toISOString() } });
  return { fulfillments: [{ stops: [stop('start', from), stop('end', from + 30 * 60_000)] }] };
}

export function anyOption(app: BuyerApp): Option {
  const { chance } = app.world;
  switch (chance.pick(['units', 'amount', 'time', 'soc'] as const)) {
    case 'units':
      return { code: 'units', value: String(chance.between(500, 15_000)) };
    case 'amount':
      return { code: 'amount', value: String(chance.between(20, 300)) };
    case 'time':
      return { code: 'time', value: String(chance.between(300, 3000)) };
    case 'soc':
      return { code: 'soc', value: String(chance.between(50, 95)) };
  }
}

/** One driver's visit, from the first question to whatever end. */
export async function visit(app: BuyerApp, known: Known, outlet = app.world.chance.pick(OUTLETS)): Promise<void> {
  const { chance, time } = app.world;
  const transactionId = chance.uuid();
  const option = anyOption(app);
  const selection = { ...orderOf(outlet, option), ...(chance.happens(0.15) && bookedTime(app)) };
  if (chance.happens(0.3)) await app.ask(app.write('search', transactionId, { intent: {} }), 2);
  let total = at(await app.ask(app.write('select', transactionId, { order: selection })), 'message', 'order', 'quote');
  if (chance.happens(0.8)) {
    const billing = { name: 'A driver', email: 'driver@example.com', phone: '+910000000000' };
    const init = app.write('init', transactionId, { order: { ...selection, billing } });
    total = at(await app.ask(init), 'message', 'order', 'quote') ?? total;
  }
  const cents = hundredths(at(total, 'price', 'value'));
  if (cents === undefined) return;
  await time.sleep(chance.between(500, 30_000));
  if (app.world.faults.healed) return;
  const orderId = await confirm(app, transactionId, selection, cents);
  if (orderId === undefined) return;
  known.push({ orderId, owner: app.id });
  await live(app, transactionId, orderId, option, outlet);
}

async function confirm(
  app: BuyerApp,
  transactionId: string,
  selection: object,
  cents: number,
): Promise<string | undefined> {
  const { chance, faults, time } = app.world;
  // Some pay a little more than they were asked for, some less.
  const paid = chance.happens(0.1) ? cents + chance.between(1, 5000) : chance.happens(0.03) ? cents - 1 : cents;
  const payment = { status: 'PAID', params: { amount: (paid / 100).toFixed(2), currency: 'INR' }, type: 'PRE-ORDER' };
  const message = { order: { ...selection, payments: [payment] } };
  for (let attempt = 0; attempt < 4; attempt++) {
    const request = app.write('confirm', transactionId, message);
    if (faults.strikes('new-confirm', chance, 0.3)) void app.ask(app.write('confirm', transactionId, message), 2);
    const answer = await app.ask(request, 3);
    if (answer === undefined) {
      await time.sleep(chance.between(1000, 20_000));
      continue;
    }
    return text(at(answer, 'message', 'order', 'id')) || undefined;
  }
  return undefined;
}

async function live(
  app: BuyerApp,
  transactionId: string,
  orderId: string,
  option: Option,
  outlet: Outlet,
): Promise<void> {
  const { chance, time } = app.world;
  for (let left = chance.between(0, 4); left > 0; left--) {
    await time.sleep(chance.between(5000, 400_000));
    const send = (action: string, message: object): Promise<unknown> =>
      app.ask(app.write(action, transactionId, message), 3);
    switch (chance.between(0, 9)) {
      case 0:
      case 1:
        await send('cancel', { order_id: orderId, descriptor: { code: 'stop-charging', name: 'Stop charging' } });
        break;
      case 2:
        await send('cancel', { order_id: orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'no time' } });
        break;
      case 3:
      case 4: {
        const more = option.code === 'soc' ? { ...option, value: String(chance.between(40, 99)) } : anyOption(app);
        await send('update', { update_target: 'tags', order: { id: orderId, ...orderOf(outlet, more) } });
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

/** Asks for what belongs to others, in its own name and in theirs. */
export async function steal(app: BuyerApp, known: Known): Promise<void> {
  const { chance } = app.world;
  const target = known.filter((one) => one.owner !== app.id).at(-1);
  if (!target) return;
  app.world.faults.count('hostile');
  const order_id = target.orderId;
  const attempts: [string, object][] = [
    ['status', { order_id }],
    ['cancel', { order_id, descriptor: { code: 'stop-charging' } }],
    ['cancel', { order_id, cancellation_reason_id: '1' }],
    ['update', { update_target: 'billing', order: { id: order_id, billing: { name: 'Thief' } } }],
    ['track', { order_id }],
  ];
  const [action, message] = chance.pick(attempts);
  const request = app.write(action, chance.uuid(), message);
  const forged: Asked = { ...request, body: request.body.replaceAll(app.id, target.owner) };
  await app.post(chance.happens(0.5) ? forged : request);
}
