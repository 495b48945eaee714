import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readShippedFile } from '../../../src/config/layers.js';
import { becknCheck, ocppActions, ocppCheck, settingsCheck, type Check } from '../../../src/schema/validators.js';

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../wire/${name}.json`, import.meta.url), 'utf8'));

function must(check: Check | undefined): Check {
  if (!check) throw new Error('no such check');
  return check;
}

/** Returns the paths of all numbers in a document. */
function numbersIn(node: unknown, path: readonly string[] = []): string[][] {
  if (typeof node === 'number') return [[...path]];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, part]) => numbersIn(part, [...path, key]));
}

function withNumber(document: unknown, path: readonly string[], value: number): unknown {
  const copy: unknown = structuredClone(document);
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => Reflect.get(node as object, key), copy);
  Reflect.set(parent as object, path.at(-1) ?? '', value);
  return copy;
}

describe('settingsCheck', () => {
  it.each([
    ['network', 'network.demo.json'],
    ['config', 'default.json'],
  ] as const)('%s refuses every number that is too large for exact prices and dates, by its path', (name, file) => {
    const document: unknown = JSON.parse(readShippedFile(file));
    const check = settingsCheck(name);
    const paths = numbersIn(document);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths)
      for (const value of [1e300, 2e12, -2e9, Number('9007199254740993')]) {
        const checked = check(withNumber(document, path, value));
        const places = 'errors' in checked ? checked.errors.map(({ instancePath }) => instancePath) : [];
        expect(places, `${path.join('.')} = ${value}`).toContain(`/${path.join('/')}`);
      }
  });
});

describe('ocppCheck', () => {
  it('says who may send what', () => {
    expect(ocppActions('1.6').get('StartTransaction')).toBe('charge-point');
    expect(ocppActions('1.6').get('RemoteStartTransaction')).toBe('central-system');
    expect(ocppActions('1.6').get('DataTransfer')).toBe('both');
    expect(ocppActions('1.6').get('SecurityEventNotification')).toBe('charge-point');
    expect(ocppActions('2.0.1').get('RequestStartTransaction')).toBe('central-system');
    expect(ocppActions('2.1').get('NotifyWebPaymentStarted')).toBe('central-system');
  });

  // @source OCPP 1.6 §4 and §5, security whitepaper §4; 2.0.1 part 2 §1; 2.1 part 2 §1.
  it.each([
    ['1.6', 39, [13, 25, 1]],
    ['2.0.1', 64, [24, 39, 1]],
    ['2.1', 91, [36, 54, 1]],
  ] as const)('has all actions of OCPP %s: %d', (version, size, bySender) => {
    const senders = [...ocppActions(version).values()];
    const count = (sender: string) => senders.filter((from) => from === sender).length;
    expect(senders).toHaveLength(size);
    expect([count('charge-point'), count('central-system'), count('both')]).toEqual(bySender);
  });

  it('has a message that is never answered', () => {
    const reading = { id: 1, pending: 0, basetime: '2026-01-01T00:00:00Z', data: [{ t: 0, v: '230' }] };
    expect(must(ocppCheck('2.1', 'NotifyPeriodicEventStream', 'send'))(reading)).toBeUndefined();
    expect(ocppActions('2.1').get('NotifyPeriodicEventStream')).toBe('charge-point');
    expect(ocppCheck('2.1', 'NotifyPeriodicEventStream', 'request')).toBeUndefined();
    expect(ocppCheck('2.1', 'NotifyPeriodicEventStream', 'response')).toBeUndefined();
    expect(ocppCheck('2.1', 'Heartbeat', 'send')).toBeUndefined();
  });

  it('knows customData everywhere in 2.x, and tells what is wrong inside', () => {
    const custom = (customData: unknown) => ({ idToken: { idToken: 'A', type: 'Central', customData } });
    const check = must(ocppCheck('2.0.1', 'Authorize', 'request'));
    expect(check(custom({ vendorId: 'in.example', anything: [1] }))).toBeUndefined();
    expect(check(custom({ anything: 1 }))).toEqual({
      path: 'idToken.customData.vendorId',
      keyword: 'required',
      message: 'Is required, and missing.',
    });
    expect(must(ocppCheck('1.6', 'Heartbeat', 'request'))({ customData: { vendorId: 'in.example' } })?.path).toBe(
      'customData',
    );
  });

  it.each(['Nonsense', 'authorize', '../ocpp-1.6/Authorize', '__proto__', 'toString', ''])(
    'knows no action called %j',
    (action) => {
      for (const version of ['1.6', '2.0.1', '2.1'] as const) {
        expect(ocppCheck(version, action, 'request')).toBeUndefined();
      }
    },
  );

  it('is the same check the second time', () => {
    expect(ocppCheck('1.6', 'Heartbeat', 'request')).toBe(ocppCheck('1.6', 'Heartbeat', 'request'));
  });

  const meter = (sampled: object) => ({
    connectorId: 1,
    meterValue: [{ timestamp: '2026-01-01T00:00:00Z', sampledValue: [{ value: '1' }, sampled] }],
  });

  it.each([
    ['Authorize', {}, 'idTag', 'required', 'Is required, and missing.'],
    ['Authorize', { idTag: 'A', tag: 1 }, 'tag', 'additionalProperties', 'Is not a property of this message.'],
    ['Authorize', { idTag: 7 }, 'idTag', 'type', 'Must be a string; found 7.'],
    ['Authorize', { idTag: null }, 'idTag', 'type', 'Must be a string; found null.'],
    [
      'Authorize',
      { idTag: 'A'.repeat(21) },
      'idTag',
      'maxLength',
      `Must have at most 20 characters; found "${'A'.repeat(21)}".`,
    ],
    [
      'Authorize',
      { idTag: 'A'.repeat(99) },
      'idTag',
      'maxLength',
      'Must have at most 20 characters; found 99 characters.',
    ],
    ['Authorize', [], '', 'type', 'Must be an object; found an array.'],
    ['MeterValues', meter({}), 'meterValue[0].sampledValue[1].value', 'required', 'Is required, and missing.'],
    [
      'MeterValues',
      meter({ value: '1', location: 'Roof' }),
      'meterValue[0].sampledValue[1].location',
      'enum',
      'Must be one of Body, Cable, EV, Inlet, Outlet; found "Roof".',
    ],
    [
      'StatusNotification',
      { connectorId: 1, status: 'Available', errorCode: 'NoError', timestamp: '2026-01-01T00:00:00' },
      'timestamp',
      'format',
      'Must be a date-time with seconds and a zone; found "2026-01-01T00:00:00".',
    ],
  ])('%s %j: %s breaks %s', (action, payload, path, keyword, message) => {
    expect(must(ocppCheck('1.6', action, 'request'))(payload)).toEqual({ path, keyword, message });
  });

  it('counts characters, not code units', () => {
    const check = must(ocppCheck('1.6', 'Authorize', 'request'));
    expect(check({ idTag: '🚗'.repeat(20) })).toBeUndefined();
    expect(check({ idTag: '🚗'.repeat(21) })?.keyword).toBe('maxLength');
  });

  it('tells request and response apart', () => {
    const answer = { transactionId: 1, idTagInfo: { status: 'Accepted' } };
    expect(must(ocppCheck('1.6', 'StartTransaction', 'response'))(answer)).toBeUndefined();
    expect(must(ocppCheck('1.6', 'StartTransaction', 'request'))(answer)).toBeDefined();
  });
});

describe('becknCheck: requests', () => {
  const context = {
    domain: 'uei:charging',
    action: 'confirm',
    bap_id: 'rider.example.in',
    bap_uri: 'https://rider.example.in/beckn',
    transaction_id: 't-1',
    message_id: 'm-1',
  };
  const check = (action: string) => must(becknCheck('uei-charging-1.0.0', action));

  it('takes an update as an app in the field sends it', () => {
    expect(check('update')(sample('seed-003-update'))).toBeUndefined();
  });

  it('takes a confirm that leaves out all it can', () => {
    expect(check('confirm')({ context, message: { order: {} } })).toBeUndefined();
  });

  it.each([
    ['a null here and there', { provider: null, items: [{ id: 'c-1', descriptor: null }], billing: null, tags: null }],
    [
      'payment reference outside params',
      { payments: [{ status: 'PAID', transaction_id: 'x', params: { amount: 118 } }] },
    ],
    ['properties nobody knows', { providers: [1], billing: { number: '+91', email: '' }, documents: 'none' }],
    ['a number as a tag value', { tags: [{ list: [{ descriptor: { code: 'Amount' }, value: 100 }] }] }],
  ])('takes %s', (_, order) => {
    expect(
      check('confirm')({ context: { ...context, ttl: null, timestamp: '2023-06-01T10:00:00' }, message: { order } }),
    ).toBeUndefined();
  });

  it.each([
    ['message.order.fulfillments', { fulfillments: { stops: [] } }],
    ['message.order.fulfillments[0].stops', { fulfillments: [{ stops: {} }] }],
    ['message.order.offers', { offers: { id: 'night' } }],
    ['message.order.payments[0].tags', { payments: [{ tags: {} }] }],
  ])('refuses %s in another form, because it changes the order', (path, order) => {
    expect(check('confirm')({ context, message: { order } })).toMatchObject({ keyword: 'type', path });
  });

  it.each([
    ['message', { context }, 'required'],
    ['message.order', { context, message: {} }, 'required'],
    ['message.order', { context, message: { order: null } }, 'type'],
    ['message.order.items', { context, message: { order: { items: {} } } }, 'type'],
    ['message.order.items[1].id', { context, message: { order: { items: [{}, { id: 5 }] } } }, 'type'],
    ['context.bap_uri', { context: { ...context, bap_uri: 'rider' }, message: { order: {} } }, 'format'],
    ['context.message_id', { context: { ...context, message_id: '' }, message: { order: {} } }, 'minLength'],
    ['context.action', { context: { ...context, action: 'init' }, message: { order: {} } }, 'const'],
    ['context', { context: 'none', message: { order: {} } }, 'type'],
    ['', null, 'type'],
  ])('finds fault at %j', (path, body, keyword) => {
    expect(check('confirm')(body)).toMatchObject({ path, keyword });
  });

  it.each(['status', 'track', 'cancel'])('%s must name the order', (action) => {
    const at = { ...context, action };
    expect(check(action)({ context: at, message: {} })).toMatchObject({
      path: 'message.order_id',
      keyword: 'required',
    });
    expect(check(action)({ context: at, message: { order_id: 'ORD1' } })).toBeUndefined();
  });

  it('update must name its target and its order', () => {
    const at = { ...context, action: 'update' };
    const path = (message: object) => check('update')({ context: at, message })?.path;
    expect(path({ order: { id: 'ORD1' } })).toBe('message.update_target');
    expect(path({ update_target: 'item', order: {} })).toBe('message.order.id');
    expect(path({ update_target: 'item', order: { id: 'ORD1' } })).toBeUndefined();
  });

  it('knows no message outside its family', () => {
    expect(becknCheck('uei-charging-1.0.0', 'discover')).toBeUndefined();
    expect(becknCheck('registry', '../transport/ack')).toBeUndefined();
  });
});

describe('becknCheck: callbacks', () => {
  const check = must(becknCheck('uei-charging-1.0.0', 'on_status'));
  const answer = sample('seed-003-on-status') as {
    responses: [{ context: object; message: { order: Record<string, unknown> } }];
  };
  const body = answer.responses[0];
  const withOrder = (change: object) => ({ ...body, message: { order: { ...body.message.order, ...change } } });

  it('lets out what a provider in the field sent', () => {
    expect(check(body)).toBeUndefined();
  });

  it.each([
    ['message.order.status', { status: 'COMPLETED' }, 'enum'],
    ['message.order.payments[0].type', { payments: [{ type: 'ORDER', status: 'PAID' }] }, 'enum'],
    ['message.order.providers', { providers: [] }, 'additionalProperties'],
    [
      'message.order.quote.price.value',
      { quote: { price: { currency: 'INR', value: '₹ 16.3' }, breakup: [] } },
      'pattern',
    ],
    ['message.order.quote.price.value', { quote: { price: { currency: 'INR', value: 16.3 }, breakup: [] } }, 'type'],
    ['message.order.created_at', { created_at: '2023-06-01T10:00:00' }, 'format'],
    ['message.order.billing.email', { billing: { email: '' } }, 'format'],
  ])('keeps in a fault at %s', (path, change, keyword) => {
    expect(check(withOrder(change))).toMatchObject({ path, keyword });
  });

  it('carries either a message or an error', () => {
    const error = { code: '40006', message: 'The charger did not start.' };
    expect(check({ context: body.context, error })).toBeUndefined();
    expect(check({ ...body, error })?.keyword).toBe('oneOf');
    expect(check({ context: body.context })).toMatchObject({ path: 'message', keyword: 'required' });
    const rating = { ...body.context, action: 'on_rating' };
    expect(
      must(becknCheck('uei-charging-1.0.0', 'on_rating'))({ context: rating, message: {}, error }),
    ).toBeUndefined();
  });
});

describe('becknCheck: registry and transport', () => {
  it.each([
    {
      subscriber_id: 'a',
      subscriber_url: 'https://a',
      unique_key_id: 'k1',
      pub_key_id: 'k1',
      city: 'std:080',
      domain: null,
    },
    { subscriber_id: 'a', url: 'https://a', key_id: 'k1', location: { city: { code: '*' } }, valid_until: 1893456000 },
  ])('takes a registry record in the spelling of %j', (record) => {
    expect(must(becknCheck('registry', 'lookup-record'))({ signing_public_key: 'x', ...record })).toBeUndefined();
  });

  it('wants the key in a registry record', () => {
    expect(must(becknCheck('registry', 'lookup-record'))({ subscriber_id: 'a' })?.path).toBe('signing_public_key');
  });

  it.each([
    { message: { ack: { status: 'ACK' } } },
    { context: {}, message: { ack: { status: 'NACK' } }, error: { code: 400, message: 'no' } },
    { message: { ack: { status: 'NACK' }, error: { code: '30000', paths: 'x', message: 'no' } } },
  ])('takes the answer %j', (answer) => {
    expect(must(becknCheck('transport', 'ack'))(answer)).toBeUndefined();
  });

  it('says what is missing in an answer', () => {
    expect(must(becknCheck('transport', 'ack'))({ message: {} })?.path).toBe('message.ack');
  });
});
