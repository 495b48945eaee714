/** Each rule of bap-check against a buyer app that violates this rule and no other, over real sockets. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { triggerDriver } from '../../src/sandbox/bap-check/app-driver.js';
import { openHarness } from '../../src/sandbox/bap-check/harness.js';
import type { Timing } from '../../src/sandbox/bap-check/provider/run-record.js';
import { PROFILES, type ProfileName } from '../../src/sandbox/bap-check/provider/provider-profiles.js';
import { checkRun } from '../../src/sandbox/bap-check/rules/rule.js';
import { ALL_RULES } from '../../src/sandbox/bap-check/rules/all-rules.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import {
  KEY_ID,
  nack,
  PUBLIC_KEY,
  startBuyerUnderTest,
  SUBSCRIBER,
  type Json,
  type Violations,
} from '../fakes/buyer-under-test.js';

/** The generous ones keep a busy machine from looking like a violation. */
const TIMING: Timing = {
  timeoutMs: 6_000,
  optionalTimeoutMs: 1_500,
  repeatWindowMs: 60,
  processingMs: 20,
  lateByMs: 60,
  answerWithinMs: 10_000,
};
let seed = 0;

async function check(violations: Violations, name: ProfileName, timing: Partial<Timing> = {}) {
  await loadSodium();
  const buyer = await startBuyerUnderTest(violations);
  const random = createSeededRandom((seed += 1));
  const harness = await openHarness({
    clock: realClock,
    random,
    host: '127.0.0.1',
    port: 0,
    registryPort: 0,
    subscriberId: SUBSCRIBER,
    keyId: KEY_ID,
    publicKey: PUBLIC_KEY,
    bapUri: buyer.bapUri,
    timing: { ...TIMING, ...timing },
  });
  try {
    const profile = PROFILES[name];
    const driver = triggerDriver(buyer.triggerUrl, name, harness.expected, harness.registryUrl);
    const record = await harness.run({ profile, driver });
    const findings = checkRun(ALL_RULES, record);
    const ids = (verdict: string) =>
      findings.filter((finding) => finding.verdict === verdict).map(({ rule }) => rule.id);
    return { record, findings, failed: ids('fail'), unseen: ids('not-seen') };
  } finally {
    await buyer.close();
    await harness.close();
  }
}

const inContext =
  (change: Json, applies: (action: string) => boolean = () => true): NonNullable<Violations['context']> =>
  (action, context) =>
    applies(action) ? { ...context, ...change } : context;
const isStatus = (callback: Json): boolean => callback.context.action === 'on_status';
const refusal = nack(400, 'refused');
const OLD_TIMESTAMP = '2023-02-18T00:00:00.000Z';
const FIXED_ID = randomUUID();

interface Case {
  readonly rule: string;
  /** Continues "a buyer app that …". */
  readonly title: string;
  readonly violations: Violations;
  /** `strict` when absent. */
  readonly profile?: ProfileName;
  /** For violations of time. */
  readonly timing?: Partial<Timing>;
  /** The other rules that must then fail too. */
  readonly also?: readonly string[];
}

const CASES: readonly Case[] = [
  { rule: 'signature.header', title: 'sends no signature', violations: { header: () => undefined } },
  {
    rule: 'signature.header',
    title: 'leaves the algorithm out of the header',
    violations: { header: (value) => value.replace('algorithm="ed25519",', '') },
  },
  {
    rule: 'signature.digest',
    title: 'serialises the body again after signing',
    violations: { body: (text) => `${text}\n` },
  },
  { rule: 'signature.digest', title: 'signs with another key', violations: { signature: { otherKey: true } } },
  {
    rule: 'signature.times',
    title: 'signs with a clock that is fast',
    violations: { signature: { createdOffsetS: 600 } },
  },
  { rule: 'signature.times', title: 'sends expired signatures', violations: { signature: { createdOffsetS: -3_600 } } },
  { rule: 'signature.times', title: 'signs for more than a day', violations: { signature: { lifetimeS: 300_000 } } },
  {
    rule: 'signature.signer',
    title: 'signs as another subscriber',
    violations: { signature: { subscriberId: 'other.example' } },
  },
  {
    rule: 'signature.signer',
    title: 'names another bap_id',
    violations: { context: inContext({ bap_id: 'other.example' }) },
  },
  {
    rule: 'signature.key-id',
    title: 'changes its key id',
    violations: { signature: { keyId: (action) => (action === 'init' ? 'k2' : KEY_ID) } },
  },
  {
    rule: 'context.action',
    title: 'keeps the action of the previous request',
    violations: { context: inContext({ action: 'search' }) },
  },
  {
    rule: 'context.version',
    title: 'changes the version during the order',
    violations: { context: inContext({ version: '1.1.0' }, (action) => action === 'confirm') },
  },
  {
    rule: 'context.version',
    title: 'sends another domain',
    violations: { context: inContext({ domain: 'nic2004:60212' }) },
  },
  {
    rule: 'context.ids',
    title: 'numbers its messages',
    violations: { context: (action, context) => ({ ...context, message_id: `msg-${action}-${randomUUID()}` }) },
  },
  {
    rule: 'context.ids',
    title: 'numbers its transactions',
    violations: { context: inContext({ transaction_id: 'transaction-1' }) },
  },
  {
    rule: 'context.transaction',
    title: 'starts a new transaction for an update',
    violations: { context: inContext({ transaction_id: FIXED_ID }, (action) => action === 'update') },
  },
  {
    rule: 'context.transaction',
    title: 'starts a new transaction after the search',
    violations: { context: inContext({ transaction_id: FIXED_ID }, (action) => !['search'].includes(action)) },
    also: ['journey.order'],
  },
  {
    rule: 'context.message-id',
    title: 'uses one message_id for two requests',
    violations: { context: inContext({ message_id: FIXED_ID }, (action) => action === 'track' || action === 'cancel') },
  },
  {
    rule: 'context.timestamp',
    title: 'leaves the time zone out',
    violations: {
      context: (_action, context) => ({ ...context, timestamp: new Date(Date.now()).toISOString().slice(0, -1) }),
    },
  },
  {
    rule: 'context.timestamp',
    title: 'has a clock that is fast',
    violations: {
      context: (_action, context) => ({ ...context, timestamp: new Date(Date.now() + 60_000).toISOString() }),
    },
  },
  { rule: 'context.ttl', title: 'writes the ttl in seconds', violations: { context: inContext({ ttl: '30' }) } },
  {
    rule: 'context.ttl',
    title: 'sends an old timestamp',
    violations: { context: inContext({ timestamp: OLD_TIMESTAMP }) },
  },
  {
    rule: 'context.bap-uri',
    title: 'sends another bap_uri',
    violations: { context: inContext({ bap_uri: 'http://x.example' }) },
  },
  {
    rule: 'context.bpp',
    title: 'leaves the bpp_id out',
    violations: { context: inContext({ bpp_id: undefined }, (action) => action === 'status') },
  },
  {
    rule: 'request.readable',
    title: 'leaves the message_id out',
    violations: { context: inContext({ message_id: undefined }, (action) => action === 'rating') },
  },
  {
    rule: 'request.search',
    title: 'searches without an intent',
    violations: { message: dropping('search', 'intent') },
  },
  {
    rule: 'request.select',
    title: 'selects without an order',
    violations: { message: dropping('select', 'order') },
    also: ['journey.items'],
  },
  {
    rule: 'request.init',
    title: 'initialises without an order',
    violations: { message: dropping('init', 'order') },
    also: ['journey.items'],
  },
  {
    rule: 'request.confirm',
    title: 'confirms without an order',
    violations: { message: dropping('confirm', 'order') },
    also: ['journey.items', 'journey.amount'],
  },
  {
    rule: 'request.status',
    title: 'asks for the status without an order_id',
    violations: { message: dropping('status', 'order_id') },
    also: ['journey.order-id'],
  },
  {
    rule: 'request.update',
    title: 'sends its update targets as a list',
    violations: {
      message: (action, message) => (action === 'update' ? { ...message, update_target: ['item'] } : message),
    },
  },
  {
    rule: 'request.track',
    title: 'tracks without an order_id',
    violations: { message: dropping('track', 'order_id') },
  },
  {
    rule: 'request.support',
    title: 'asks for support without the field support',
    violations: { message: dropping('support', 'support') },
  },
  {
    rule: 'request.cancel',
    title: 'cancels without an order_id',
    violations: { message: dropping('cancel', 'order_id') },
  },
  { rule: 'request.rating', title: 'rates without ratings', violations: { message: dropping('rating', 'ratings') } },
  {
    rule: 'journey.order',
    title: 'initialises before the quote has arrived',
    violations: { skipsCallbackOf: 'select' },
    profile: 'onix',
    timing: { processingMs: 400 },
  },
  {
    rule: 'journey.items',
    title: 'orders an item that is not in the catalogue',
    violations: {
      message: (action, message) =>
        action === 'init' ? { order: { ...message.order, items: [{ id: 'cp-old-1' }] } } : message,
    },
  },
  {
    rule: 'journey.items',
    title: 'selects another provider',
    violations: {
      message: (action, message) =>
        action === 'select' ? { order: { ...message.order, provider: { id: 'acme' } } } : message,
    },
  },
  {
    rule: 'journey.order-id',
    title: 'makes up the order id',
    violations: { message: (action, message) => (action === 'track' ? { order_id: 'ORD-1' } : message) },
  },
  {
    rule: 'journey.amount',
    title: 'pays a round amount',
    violations: { message: paying((params) => ({ ...params, amount: '100' })) },
  },
  {
    rule: 'journey.amount',
    title: 'writes the amount as a number',
    violations: { message: paying((params) => ({ ...params, amount: Number(params.amount) })) },
  },
  {
    rule: 'journey.amount',
    title: 'confirms before it has paid',
    violations: { message: paying((params) => params, 'NOT-PAID') },
  },
  {
    rule: 'journey.amount',
    title: 'leaves the currency out',
    violations: { message: paying(({ amount }) => ({ amount })) },
  },
  { rule: 'journey.pays-once', title: 'pays again', violations: { paysAgain: true }, profile: 'protocol-server' },
  { rule: 'journey.final-state', title: 'cancels a completed order', violations: { afterEnd: 'cancel' } },
  {
    rule: 'answers.status',
    title: 'answers an ACK with 400',
    violations: {
      answer: (callback) =>
        callback.context.action === 'on_track'
          ? { status: 400, text: '{"message":{"ack":{"status":"ACK"}}}' }
          : undefined,
    },
  },
  {
    rule: 'answers.ack',
    title: 'answers OK instead of an ACK',
    violations: {
      answer: (callback) => (callback.context.action === 'on_init' ? { status: 200, text: 'OK' } : undefined),
    },
  },
  {
    rule: 'answers.time',
    title: 'processes a callback before it answers',
    violations: { slow: { action: 'on_track', ms: 1_050 } },
    timing: { answerWithinMs: 1_000 },
  },
  { rule: 'refuses.unsigned', title: 'accepts unsigned callbacks', violations: { unchecked: 'missing-signature' } },
  {
    rule: 'refuses.tampered',
    title: 'verifies only callbacks with a Digest header',
    violations: { unchecked: 'signature-without-digest-header' },
  },
  {
    rule: 'refuses.wrong-digest',
    title: 'trusts the Digest header',
    violations: { unchecked: 'body-beside-digest-header' },
  },
  { rule: 'refuses.expired', title: 'does not check the expiry', violations: { unchecked: 'expiry' } },
  {
    rule: 'refuses.unknown-signer',
    title: 'accepts signers without a registry record',
    violations: { unchecked: 'registration' },
  },
  { rule: 'refuses.foreign-signer', title: 'lets one provider sign for another', violations: { unchecked: 'signer' } },
  { rule: 'refuses.shape', title: 'refuses with an empty body', violations: { refusal: { status: 401, text: '' } } },
  { rule: 'refuses.shape', title: 'refuses with 500', violations: { refusal: nack(500, 'oh') } },
  {
    rule: 'refuses.shape',
    title: 'refuses without a reason',
    violations: { refusal: { status: 401, text: '{"message":{"ack":{"status":"NACK"}}}' } },
  },
  {
    rule: 'accepts.unsolicited',
    title: 'refuses callbacks that it did not request',
    violations: { answer: (callback, _times, app) => (app.hasSent(callback.context.message_id) ? undefined : refusal) },
    profile: 'onix',
    also: ['answers.status'],
  },
  {
    rule: 'accepts.duplicate-status',
    title: 'refuses a repeated on_status',
    violations: {
      answer: (callback, times) => (times === 2 && callback.message?.order?.status === 'ACTIVE' ? refusal : undefined),
    },
    also: ['accepts.after-end'],
  },
  {
    rule: 'accepts.out-of-order',
    title: 'refuses an older on_status',
    violations: {
      answer: (callback) =>
        isStatus(callback) &&
        Date.parse(callback.context.timestamp) - Date.parse(callback.message.order.updated_at) > 10_000
          ? refusal
          : undefined,
    },
  },
  {
    rule: 'accepts.raw-bytes',
    title: 'verifies the body after serialising it again',
    violations: { unchecked: 'raw-bytes' },
  },
  {
    rule: 'accepts.after-end',
    title: 'refuses a repeated end',
    violations: {
      answer: (callback, times) => (times > 1 && callback.message?.order?.status === 'COMPLETE' ? refusal : undefined),
    },
  },
  {
    rule: 'accepts.error',
    title: 'refuses a callback with an error',
    violations: { answer: (callback) => (callback.error ? refusal : undefined) },
  },
  {
    rule: 'accepts.error',
    title: 'refuses numeric error codes',
    violations: { answer: (callback) => (typeof callback.error?.code === 'number' ? refusal : undefined) },
    profile: 'protocol-server',
  },
  {
    rule: 'accepts.late',
    title: 'refuses a late callback',
    violations: {
      answer: (callback, times) =>
        callback.context.action === 'on_init' && times === 1 ? nack(400, 'too late') : undefined,
    },
    profile: 'protocol-server',
  },
  {
    rule: 'accepts.duplicate',
    title: 'refuses a repeated callback',
    violations: {
      answer: (callback, times) => (callback.context.action === 'on_init' && times > 1 ? refusal : undefined),
    },
    profile: 'protocol-server',
  },
  { rule: 'continues.error', title: 'stops after an error callback', violations: { stopsAfterError: true } },
  {
    rule: 'continues.accepted',
    title: 'treats a 202 as a failure',
    violations: { acceptsOnly200: true },
    profile: 'protocol-server',
  },
  { rule: 'continues.refused', title: 'stops after a NACK', violations: { afterNack: 'stops' }, profile: 'onix' },
  { rule: 'repeats.refused', title: 'repeats a refused request', violations: { afterNack: 'repeats' } },
  {
    rule: 'repeats.refused',
    title: 'repeats a request three times after a 401',
    violations: { afterNack: 'repeats' },
    profile: 'onix',
  },
  {
    rule: 'repeats.refused',
    title: 'repeats a refused request at once under a new message_id',
    violations: { afterNack: 'resends' },
    timing: { repeatWindowMs: 1_000 },
  },
  { rule: 'repeats.identical', title: 'changes a request that it repeats', violations: { rewritesRepeats: true } },
];

function dropping(from: string, field: string): NonNullable<Violations['message']> {
  return (action, message) => (action === from ? { ...message, [field]: undefined } : message);
}

function paying(change: (params: Json) => Json, status = 'PAID'): NonNullable<Violations['message']> {
  return (action, message) => {
    if (action !== 'confirm') return message;
    const [payment] = message.order.payments as Json[];
    return { order: { ...message.order, payments: [{ ...payment, status, params: change(payment!.params as Json) }] } };
  };
}

describe('a conforming buyer app', () => {
  it.each(Object.keys(PROFILES) as ProfileName[])('passes every rule of %s', async (profile) => {
    const { failed, unseen, record } = await check({}, profile);
    expect(record.abortReason).toBeUndefined();
    expect(failed).toEqual([]);
    // Only `strict` provokes a repeat, and no rule requires one.
    expect(unseen).toEqual(profile === 'strict' ? [] : ['repeats.identical']);
  });

  it('is incomplete when it never asks for the status', async () => {
    const { failed, unseen } = await check({ omits: ['status', 'rating'] }, 'onix');
    expect(failed).toEqual([]);
    expect(unseen).toEqual(expect.arrayContaining(['request.status', 'request.rating', 'continues.refused']));
  });
});

describe.concurrent('a buyer app that', () => {
  it.each(CASES)('$title fails $rule', async ({ rule, violations, profile = 'strict', timing, also = [] }) => {
    const { failed } = await check(violations, profile, timing);
    expect(failed.toSorted()).toEqual([rule, ...also].toSorted());
  });
});

describe('the cases', () => {
  it('violate every rule', () => {
    expect(ALL_RULES.map(({ id }) => id).filter((id) => !CASES.some(({ rule }) => rule === id))).toEqual([]);
  });
});
