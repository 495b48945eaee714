/** A driver with a buyer app of Unified Bharat e-Charge, who asks about the order before it is confirmed and changes his mind. */
import type { BuyerApp, SentRequest } from './buyer-app/buyer-app.js';
import { at, text } from './runtime/json.js';
import type { ConnectorSpec } from './node/network.js';
import { BPP } from './node/settings.js';

const CONTEXT =
  'https://raw.githubusercontent.com/beckn/protocol-specifications-v2/refs/heads/core-v2.0.0-rc/schema/core/v2/context.jsonld';

function request(app: BuyerApp, action: string, transactionId: string, message: object): SentRequest {
  const { extras, uri, id } = app;
  const messageId = extras.uuid();
  const context = {
    domain: 'beckn.one:deg:ev-charging',
    version: '2.0.0',
    action,
    bap_id: id,
    bap_uri: uri,
    bpp_id: BPP.id,
    bpp_uri: BPP.uri,
    transaction_id: transactionId,
    message_id: messageId,
    timestamp: new Date(app.environment.time.now()).toISOString(),
    ttl: 'PT30S',
  };
  return { action, transactionId, messageId, body: JSON.stringify({ context, message }) };
}

function orderOf(connector: ConnectorSpec, kwh: number): object {
  return {
    '@context': CONTEXT,
    '@type': 'beckn:Order',
    'beckn:orderStatus': 'CREATED',
    'beckn:seller': 'acme',
    'beckn:buyer': {
      '@context': CONTEXT,
      '@type': 'beckn:Buyer',
      'beckn:id': 'user-7',
      'beckn:role': 'BUYER',
      'beckn:displayName': 'A Rider',
    },
    'beckn:orderItems': [
      {
        'beckn:orderedItem': connector.itemId,
        'beckn:quantity': { unitText: 'Kilowatt Hour', unitCode: 'KWH', unitQuantity: kwh },
      },
    ],
  };
}

export async function changeOfMind(app: BuyerApp, connector: ConnectorSpec): Promise<void> {
  const { extras } = app;
  const transactionId = extras.uuid();
  const order = orderOf(connector, extras.between(1, 9));
  if ((await app.ask(request(app, 'select', transactionId, { order }))) === undefined) return;
  const value = 100;
  const payment = {
    '@context': CONTEXT,
    '@type': 'beckn:Payment',
    'beckn:amount': { currency: 'INR', value },
    'beckn:beneficiary': 'BAP',
    'beckn:paymentStatus': 'INITIATED',
  };
  const init = request(app, 'init', transactionId, { order: { ...order, 'beckn:payment': payment } });
  const id = text(at(await app.ask(init), 'message', 'order', 'beckn:id'));
  if (id === '') return;
  const named = { order: { 'beckn:id': id } };
  await app.ask(request(app, 'status', transactionId, named), 2);
  await app.environment.time.sleep(extras.between(1000, 60_000));
  await app.ask(request(app, 'cancel', transactionId, named), 2);
}
