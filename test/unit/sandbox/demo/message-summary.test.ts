import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES, DIALECTS } from '../../../../src/sandbox/dialects/all.js';
import type { CallbackDetails, SessionSnapshot } from '../../../../src/sandbox/dialects/dialect.js';
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

describe.each(DIALECT_NAMES)('a message of %s', (name) => {
  const dialect = DIALECTS[name];
  const { envelope, actions } = dialect;
  const offer = {
    providerId: 'p',
    stationId: 's',
    chargePointId: 'c',
    connectorIds: ['c-1', 'c-2'],
  } as const;
  const quoted = { orderId: 'ORD-1', amount: '123.40', currency: 'INR' };
  const context = { [envelope.names.domain]: envelope.domain };
  const summaryOf = (action: string, message: object): string | undefined =>
    summarise({ ...select, action, text: JSON.stringify({ context, message }) }, 'INR');
  const request = (step: keyof typeof actions): string | undefined =>
    summaryOf(actions[step] ?? '', dialect.buildRequest(step, { offer, order: quoted, now: 0 }));
  const details = (phase: SessionSnapshot['phase']): CallbackDetails => ({
    request: {},
    provider: { bppId: 'bpp.test', bppUri: 'http://bpp.test', bapId: 'bap.test' },
    offer,
    order: quoted,
    session: { phase, energyWh: 1_500, elapsedS: 300 },
    now: 0,
  });

  it('is summarised without holes', () => {
    expect(request('search')).toBe('Where can I charge near me?');
    expect(request('select')).toMatch(/^What does (5 kWh|₹100 of charging) at c-1 cost\?$/);
    expect(request('confirm')).toMatch(/^Paid ₹123\.40/);
    expect(request('stop' in actions ? 'stop' : 'cancel')).toMatch(/^Stop charging|^Cancel/);
    expect(summaryOf(`on_${actions.search}`, dialect.buildAnswer('search', details('waiting')))).toMatch(
      /^2 connectors/,
    );
    expect(summaryOf('on_select', dialect.buildAnswer('select', details('waiting')))).toMatch(/^At most ₹123\.40/);
    expect(summaryOf('on_confirm', dialect.buildAnswer('confirm', details('waiting')))).toContain('ORD-1 is confirmed');
    expect(summaryOf('on_status', dialect.buildReport(details('charging')))).toMatch(
      /^Order (ACTIVE|INPROGRESS), (connector|session) \S+(, 1\.50? kWh)?$/,
    );
  });
});
