import { expect, it } from 'vitest';
import type { WireMessage } from '../../../../src/sandbox/demo/message-log.js';
import { summarise } from '../../../../src/sandbox/demo/message-summary.js';
import { selectedOrder } from '../../../../src/sandbox/buyer-app/request-messages.js';

const order = selectedOrder({
  providerId: 'p',
  stationId: 's',
  chargePointId: 'c',
  connectorId: 'c-1',
  option: { code: 'amount', value: '20' },
});
const select: WireMessage = {
  wire: 'beckn',
  at: 0,
  from: 'bap.test',
  to: 'bpp.test',
  action: 'select',
  answer: false,
  messageId: 'm1',
  text: JSON.stringify({ context: { action: 'select' }, message: { order } }),
};

it.each([
  ['INR', 'What does ₹20 of charging at c-1 cost?'],
  ['EUR', 'What does €20 of charging at c-1 cost?'],
])('an amount that states no currency is in the one of the network, %s', (currency, text) => {
  expect(summarise(select, currency)).toBe(text);
});
