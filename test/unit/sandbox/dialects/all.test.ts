/** Requests and callbacks of each sandbox dialect, checked with our schemas and the bridge's readers. */
import { describe, expect, it } from 'vitest';
import { DIALECTS as BRIDGE_DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { PEER } from '../../beckn/samples.js';
import { DIALECT_NAMES, DIALECTS, dialectOfDomain } from '../../../../src/sandbox/dialects/all.js';
import { STEPS, type CallbackDetails, type SessionSnapshot } from '../../../../src/sandbox/dialects/dialect.js';
import type { Json } from '../../../../src/sandbox/runtime/json.js';
import { becknCheck } from '../../../../src/schema/validators.js';

const NOW = 1_700_000_000_000;
const UUID = '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10';
const offer = {
  providerId: 'cpo-1',
  stationId: 'st-1',
  chargePointId: 'cp-1',
  connectorIds: ['cp-1-1', 'cp-1-2'],
} as const;
const order = { orderId: UUID, amount: '123.45', currency: 'INR' };
const provider = { bppId: 'bap-check.example', bppUri: 'http://bap-check.example/bpp', bapId: 'shop.example' };
const PHASES: readonly SessionSnapshot['phase'][] = ['quoted', 'waiting', 'charging', 'stopping', 'ended'];
const detailsIn = (phase: SessionSnapshot['phase'], request: Json = {}): CallbackDetails => ({
  request,
  provider,
  offer,
  order,
  session: { phase, energyWh: 1_230, elapsedS: 300 },
  now: NOW,
});

/** The type of request that the bridge must read from a step, for the steps whose type is checked. */
const READ_AS: Readonly<Record<string, string>> = { start: 'start', stop: 'stop' };

it('the sandbox speaks every dialect that the bridge serves', () => {
  expect([...DIALECT_NAMES].sort()).toEqual(BRIDGE_DIALECTS.map(({ name }) => name).sort());
});

describe.each(DIALECT_NAMES)('%s', (name) => {
  const dialect = DIALECTS[name];
  const { envelope } = dialect;
  const bridge = BRIDGE_DIALECTS.find((one) => one.name === name);
  const family = bridge?.family ?? 'ubc-2.0.0';
  const contextOf = (action: string) => ({
    [envelope.names.domain]: envelope.domain,
    version: envelope.version,
    action,
    [envelope.names.bapId]: provider.bapId,
    [envelope.names.bapUri]: 'http://shop.example/bap',
    [envelope.names.bppId]: provider.bppId,
    [envelope.names.bppUri]: provider.bppUri,
    [envelope.names.transactionId]: UUID,
    [envelope.names.messageId]: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01',
    timestamp: '2026-03-02T08:11:09.120Z',
    ttl: 'PT10M',
  });
  const steps = STEPS.filter((step) => dialect.contents[step] !== undefined);
  const actionOf = (step: (typeof STEPS)[number]): string => dialect.actions[step] ?? '';
  const requestFor = (step: (typeof STEPS)[number]): Json => dialect.buildRequest(step, { offer, order, now: NOW });

  it('has the context of the bridge', () => {
    expect(bridge?.matches(contextOf('select'))).toBe(name !== 'uei-charging-pulse');
  });

  it.each(steps)('answers %s as our schema has it', (step) => {
    const action = `on_${actionOf(step)}`;
    const check = becknCheck(family, action);
    expect(check).toBeTypeOf('function');
    for (const phase of PHASES) {
      const message = dialect.buildAnswer(step, detailsIn(phase, requestFor(step)));
      expect(check?.({ context: contextOf(action), message })).toBeUndefined();
    }
  });

  it.each(PHASES)('reports an order that is %s as our schema has it', (phase) => {
    const action = phase === 'ended' ? dialect.terminalAction : 'on_status';
    const message = dialect.buildReport(detailsIn(phase));
    expect(becknCheck(family, action)?.({ context: contextOf(action), message })).toBeUndefined();
  });

  it.each(steps)('sends a %s that the bridge reads, and finds no fault with it', (step) => {
    const action = actionOf(step);
    const message = requestFor(step);
    const context = contextOf(action);
    expect(becknCheck(family, action)?.({ context, message })).toBeUndefined();
    const read = bridge?.read(action, context, message as never, PEER);
    expect(read).not.toHaveProperty('refusal');
    if (READ_AS[step] !== undefined) expect(read).toHaveProperty('type', READ_AS[step]);
    expect(dialect.stepOf(action, message)).toBe(step);
    expect(dialect.findMissingField(step, message)).toBeUndefined();
    if (['select', 'init', 'confirm'].includes(step)) expect(dialect.findUnofferedItem(message, offer)).toBeUndefined();
    if (step === 'confirm') expect(dialect.findPaymentFault(message, order)).toBeUndefined();
    if (['status', 'track', 'support', 'cancel', 'rating'].includes(step))
      expect(dialect.readOrderId(message)).toBe(UUID);
  });

  /** Returns the fault of a confirm with another amount, which is a string in core 1.x and a number in 2.0. */
  const faultOfPaying = (amount: unknown): string | undefined => {
    const text = JSON.stringify(requestFor('confirm'));
    const changed = text.replaceAll(/"123\.45"|\b123\.45\b/g, JSON.stringify(amount));
    expect(changed).not.toBe(text);
    return dialect.findPaymentFault(JSON.parse(changed) as Json, order);
  };
  const isText = JSON.stringify(requestFor('confirm')).includes('"123.45"');

  const wrong: readonly unknown[] = isText
    ? ['-123.45', 'INR 123.45', '123.45 or so', '123.454', '123,45', '1.2345e2', '', '123.46', 123.45]
    : [-123.45, 123.454, 123.46, '123.45'];
  const right: readonly unknown[] = isText ? ['123.450', '0123.45'] : [123.450_000_000_000_02];

  it.each(wrong)('finds a fault with a payment of %j for a quote of 123.45', (amount) => {
    expect(faultOfPaying(amount)).toBeTypeOf('string');
  });

  it.each(right)('finds no fault with a payment of %j for a quote of 123.45', (amount) => {
    expect(faultOfPaying(amount)).toBeUndefined();
  });

  it('knows another dialect by its domain', () => {
    const own = { [envelope.names.domain]: envelope.domain };
    expect(dialectOfDomain(own, dialect)).toBeUndefined();
    const other = name === 'ubc-2.0.0' ? DIALECTS['lts-2.0.0'] : DIALECTS['ubc-2.0.0'];
    expect(dialectOfDomain(own, other)).toBe(name === 'uei-charging-pulse' ? 'uei-charging-1.0.0' : name);
  });
});
