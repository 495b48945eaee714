/** Every rule of bap-check against a buyer app that breaks it, and that one only; over real sockets. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { triggerDriver } from '../../src/sandbox/bap-check/app-driver.js';
import { openHarness } from '../../src/sandbox/bap-check/harness.js';
import type { Timing } from '../../src/sandbox/bap-check/scenario.js';
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
  type BuyerFaults,
} from '../fakes/buyer-under-test.js';

/** Generous where a busy machine must not look like a sin. */
const PACE: Timing = {
  timeoutMs: 6_000,
  optionalTimeoutMs: 1_500,
  repeatWindowMs: 60,
  processingMs: 20,
  lateByMs: 60,
  answerWithinMs: 10_000,
};
let seed = 0;

async function check(sins: BuyerFaults, name: ProfileName, pace: Partial<Timing> = {}) {
  await loadSodium();
  const buyer = await startBuyerUnderTest(sins);
  const random = createSeededRandom((seed += 1));
  const kit = await openHarness({
    clock: realClock,
    random,
    host: '127.0.0.1',
    port: 0,
    registryPort: 0,
    subscriberId: SUBSCRIBER,
    keyId: KEY_ID,
    publicKey: PUBLIC_KEY,
    bapUri: buyer.bapUri,
    timing: { ...PACE, ...pace },
  });
  try {
    const profile = PROFILES[name];
    const driver = triggerDriver(buyer.triggerUrl, name, kit.expected, kit.registryUrl);
    const record = await kit.run({ profile, driver });
    const findings = checkRun(ALL_RULES, record);
    const ids = (verdict: string) => findings.filter((one) => one.verdict === verdict).map((one) => one.rule.id);
    return { record, findings, failed: ids('fail'), unseen: ids('not-seen') };
  } finally {
    await buyer.close();
    await kit.close();
  }
}

const inContext =
  (change: Json, of: (action: string) => boolean = () => true): NonNullable<BuyerFaults['context']> =>
  (action, context) =>
    of(action) ? { ...context, ...change } : context;
const isUnasked = (callback: Json): boolean => callback.context.action === 'on_status';
const refusal = nack(400, 'not that');
const OLD = '2023-02-18T00:00:00.000Z';
const id = randomUUID();

interface Case {
  readonly rule: string;
  readonly sin: string;
  readonly sins: BuyerFaults;
  /** strict, when absent. */
  readonly profile?: ProfileName;
  /** Where the sin is one of time. */
  readonly pace?: Partial<Timing>;
  /** What else cannot but fail. */
  readonly also?: readonly string[];
}

const CASES: readonly Case[] = [
  { rule: 'signature.header', sin: 'sends no signature', sins: { header: () => undefined } },
  {
    rule: 'signature.header',
    sin: 'leaves the algorithm out',
    sins: { header: (value) => value.replace('algorithm="ed25519",', '') },
  },
  { rule: 'signature.digest', sin: 'writes the body anew after signing', sins: { body: (text) => `${text}\n` } },
  { rule: 'signature.digest', sin: 'signs with another key', sins: { signing: { otherKey: true } } },
  { rule: 'signature.times', sin: 'has a clock that runs ahead', sins: { signing: { createdIn: 600 } } },
  { rule: 'signature.times', sin: 'sends expired signatures', sins: { signing: { createdIn: -3_600 } } },
  { rule: 'signature.times', sin: 'signs for years', sins: { signing: { lifeS: 300_000 } } },
  { rule: 'signature.signer', sin: 'signs as another', sins: { signing: { subscriberId: 'other.example' } } },
  { rule: 'signature.signer', sin: 'names another bap_id', sins: { context: inContext({ bap_id: 'other.example' }) } },
  {
    rule: 'signature.key-id',
    sin: 'changes its key id',
    sins: { signing: { keyId: (action) => (action === 'init' ? 'k2' : KEY_ID) } },
  },
  { rule: 'context.action', sin: 'keeps the action of before', sins: { context: inContext({ action: 'search' }) } },
  {
    rule: 'context.version',
    sin: 'changes the version on the way',
    sins: { context: inContext({ version: '1.1.0' }, (action) => action === 'confirm') },
  },
  {
    rule: 'context.version',
    sin: 'speaks of another domain',
    sins: { context: inContext({ domain: 'nic2004:60212' }) },
  },
  {
    rule: 'context.ids',
    sin: 'counts its messages',
    sins: { context: (action, context) => ({ ...context, message_id: `msg-${action}-${randomUUID()}` }) },
  },
  {
    rule: 'context.ids',
    sin: 'counts its transactions',
    sins: { context: inContext({ transaction_id: 'transaction-1' }) },
  },
  {
    rule: 'context.transaction',
    sin: 'makes a transaction of each request after the order',
    sins: { context: inContext({ transaction_id: id }, (action) => action === 'update') },
  },
  {
    rule: 'context.transaction',
    sin: 'selects in a transaction of its own',
    sins: { context: inContext({ transaction_id: id }, (action) => !['search'].includes(action)) },
    also: ['journey.order'],
  },
  {
    rule: 'context.message-id',
    sin: 'uses one message_id for two requests',
    sins: { context: inContext({ message_id: id }, (action) => action === 'track' || action === 'cancel') },
  },
  {
    rule: 'context.timestamp',
    sin: 'leaves the zone out',
    sins: {
      context: (_action, context) => ({ ...context, timestamp: new Date(Date.now()).toISOString().slice(0, -1) }),
    },
  },
  {
    rule: 'context.timestamp',
    sin: 'has a clock that runs ahead',
    sins: {
      context: (_action, context) => ({ ...context, timestamp: new Date(Date.now() + 60_000).toISOString() }),
    },
  },
  { rule: 'context.ttl', sin: 'writes seconds', sins: { context: inContext({ ttl: '30' }) } },
  { rule: 'context.ttl', sin: 'sends a timestamp of long ago', sins: { context: inContext({ timestamp: OLD }) } },
  {
    rule: 'context.bap-uri',
    sin: 'names another address',
    sins: { context: inContext({ bap_uri: 'http://x.example' }) },
  },
  {
    rule: 'context.bpp',
    sin: 'forgets the provider',
    sins: { context: inContext({ bpp_id: undefined }, (action) => action === 'status') },
  },
  {
    rule: 'request.readable',
    sin: 'leaves the message_id out',
    sins: { context: inContext({ message_id: undefined }, (action) => action === 'rating') },
  },
  { rule: 'request.search', sin: 'searches without intent', sins: { message: dropping('search', 'intent') } },
  {
    rule: 'request.select',
    sin: 'selects nothing',
    sins: { message: dropping('select', 'order') },
    also: ['journey.items'],
  },
  {
    rule: 'request.init',
    sin: 'begins nothing',
    sins: { message: dropping('init', 'order') },
    also: ['journey.items'],
  },
  {
    rule: 'request.confirm',
    sin: 'confirms nothing',
    sins: { message: dropping('confirm', 'order') },
    also: ['journey.items', 'journey.amount'],
  },
  {
    rule: 'request.status',
    sin: 'asks for the status of nothing',
    sins: { message: dropping('status', 'order_id') },
    also: ['journey.order-id'],
  },
  {
    rule: 'request.update',
    sin: 'lists its update targets',
    sins: { message: (action, message) => (action === 'update' ? { ...message, update_target: ['item'] } : message) },
  },
  { rule: 'request.track', sin: 'follows nothing', sins: { message: dropping('track', 'order_id') } },
  { rule: 'request.support', sin: 'asks without support', sins: { message: dropping('support', 'support') } },
  { rule: 'request.cancel', sin: 'stops nothing', sins: { message: dropping('cancel', 'order_id') } },
  { rule: 'request.rating', sin: 'rates nothing', sins: { message: dropping('rating', 'ratings') } },
  {
    rule: 'journey.order',
    sin: 'begins before the quote came',
    sins: { continuesAfterAck: 'select' },
    profile: 'onix',
    pace: { processingMs: 400 },
  },
  {
    rule: 'journey.items',
    sin: 'asks for a connector of last year',
    sins: {
      message: (action, message) =>
        action === 'init' ? { order: { ...message.order, items: [{ id: 'cp-old-1' }] } } : message,
    },
  },
  {
    rule: 'journey.items',
    sin: 'asks for another provider',
    sins: {
      message: (action, message) =>
        action === 'select' ? { order: { ...message.order, provider: { id: 'acme' } } } : message,
    },
  },
  {
    rule: 'journey.order-id',
    sin: 'takes the transaction for the order',
    sins: { message: (action, message) => (action === 'track' ? { order_id: 'ORD-1' } : message) },
  },
  {
    rule: 'journey.amount',
    sin: 'pays a round sum',
    sins: { message: paying((params) => ({ ...params, amount: '100' })) },
  },
  {
    rule: 'journey.amount',
    sin: 'pays a number',
    sins: { message: paying((params) => ({ ...params, amount: Number(params.amount) })) },
  },
  {
    rule: 'journey.amount',
    sin: 'confirms before it has paid',
    sins: { message: paying((params) => params, 'NOT-PAID') },
  },
  { rule: 'journey.amount', sin: 'pays no currency', sins: { message: paying(({ amount }) => ({ amount })) } },
  { rule: 'journey.pays-once', sin: 'pays again', sins: { paysTwice: true }, profile: 'protocol-server' },
  { rule: 'journey.left-alone', sin: 'stops what has ended', sins: { afterEnd: 'cancel' } },
  {
    rule: 'answers.status',
    sin: 'answers an ACK with 400',
    sins: {
      answer: (callback) =>
        callback.context.action === 'on_track'
          ? { status: 400, text: '{"message":{"ack":{"status":"ACK"}}}' }
          : undefined,
    },
  },
  {
    rule: 'answers.ack',
    sin: 'answers OK',
    sins: { answer: (callback) => (callback.context.action === 'on_init' ? { status: 200, text: 'OK' } : undefined) },
  },
  {
    rule: 'answers.time',
    sin: 'works before it answers',
    sins: { slow: { action: 'on_track', ms: 1_050 } },
    pace: { answerWithinMs: 1_000 },
  },
  { rule: 'refuses.unsigned', sin: 'believes what is not signed', sins: { skippedCheck: 'unsigned' } },
  {
    rule: 'refuses.tampered',
    sin: 'verifies only beside a Digest header',
    sins: { skippedCheck: 'without-digest-header' },
  },
  { rule: 'refuses.wrong-digest', sin: 'believes the Digest header', sins: { skippedCheck: 'digest-header' } },
  { rule: 'refuses.expired', sin: 'looks at no clock', sins: { skippedCheck: 'expired' } },
  { rule: 'refuses.unknown-signer', sin: 'believes whom it does not know', sins: { skippedCheck: 'unknown' } },
  { rule: 'refuses.foreign-signer', sin: 'lets one speak for another', sins: { skippedCheck: 'foreign' } },
  { rule: 'refuses.shape', sin: 'refuses with nothing', sins: { refusal: { status: 401, text: '' } } },
  { rule: 'refuses.shape', sin: 'refuses with 500', sins: { refusal: nack(500, 'oh') } },
  {
    rule: 'refuses.shape',
    sin: 'gives no reason',
    sins: { refusal: { status: 401, text: '{"message":{"ack":{"status":"NACK"}}}' } },
  },
  {
    rule: 'takes.unsolicited',
    sin: 'knows answers only',
    sins: { answer: (callback, _times, app) => (app.known(callback.context.message_id) ? undefined : refusal) },
    profile: 'onix',
    also: ['answers.status'],
  },
  {
    rule: 'takes.duplicate-status',
    sin: 'refuses what it has',
    sins: {
      answer: (callback, times) => (times === 2 && callback.message?.order?.status === 'ACTIVE' ? refusal : undefined),
    },
    also: ['takes.after-end'],
  },
  {
    rule: 'takes.out-of-order',
    sin: 'refuses what is older',
    sins: {
      answer: (callback) =>
        isUnasked(callback) &&
        Date.parse(callback.context.timestamp) - Date.parse(callback.message.order.updated_at) > 10_000
          ? refusal
          : undefined,
    },
  },
  {
    rule: 'takes.raw-bytes',
    sin: 'verifies what it has written anew',
    sins: { skippedCheck: 'parsed-body' },
  },
  {
    rule: 'takes.after-end',
    sin: 'refuses an end that it has',
    sins: {
      answer: (callback, times) => (times > 1 && callback.message?.order?.status === 'COMPLETE' ? refusal : undefined),
    },
  },
  {
    rule: 'takes.error',
    sin: 'refuses a callback without message',
    sins: { answer: (callback) => (callback.error ? refusal : undefined) },
  },
  {
    rule: 'takes.error',
    sin: 'wants codes as strings',
    sins: { answer: (callback) => (typeof callback.error?.code === 'number' ? refusal : undefined) },
    profile: 'protocol-server',
  },
  {
    rule: 'takes.late',
    sin: 'forgets a request too soon',
    sins: {
      answer: (callback, times) =>
        callback.context.action === 'on_init' && times === 1 ? nack(400, 'too late') : undefined,
    },
    profile: 'protocol-server',
  },
  {
    rule: 'takes.duplicate',
    sin: 'refuses the same answer again',
    sins: {
      answer: (callback, times) => (callback.context.action === 'on_init' && times > 1 ? refusal : undefined),
    },
    profile: 'protocol-server',
  },
  { rule: 'continues.error', sin: 'hangs on an error', sins: { stopsOnError: true } },
  {
    rule: 'continues.accepted',
    sin: 'takes a 202 for a failure',
    sins: { retriesAfter202: true },
    profile: 'protocol-server',
  },
  { rule: 'continues.refused', sin: 'stops at a NACK', sins: { afterNack: 'stops' }, profile: 'onix' },
  { rule: 'repeats.refused', sin: 'hammers', sins: { afterNack: 'repeats' } },
  { rule: 'repeats.refused', sin: 'hammers after a 401', sins: { afterNack: 'repeats' }, profile: 'onix' },
  {
    rule: 'repeats.refused',
    sin: 'repeats at once under a new id',
    sins: { afterNack: 'sends-new-request' },
    pace: { repeatWindowMs: 1_000 },
  },
  { rule: 'repeats.identical', sin: 'writes what it repeats anew', sins: { refreshesTimestamp: true } },
];

function dropping(of: string, field: string): NonNullable<BuyerFaults['message']> {
  return (action, message) => (action === of ? { ...message, [field]: undefined } : message);
}

function paying(change: (params: Json) => Json, status = 'PAID'): NonNullable<BuyerFaults['message']> {
  return (action, message) => {
    if (action !== 'confirm') return message;
    const [payment] = message.order.payments as Json[];
    return { order: { ...message.order, payments: [{ ...payment, status, params: change(payment!.params as Json) }] } };
  };
}

describe('a buyer app that does all of it well', () => {
  it.each(Object.keys(PROFILES) as ProfileName[])('passes every rule of %s', async (profile) => {
    const { failed, unseen, record } = await check({}, profile);
    expect(record.abortReason).toBeUndefined();
    expect(failed).toEqual([]);
    // A repeat is lawful where it is provoked, and nowhere demanded.
    expect(unseen).toEqual(profile === 'strict' ? [] : ['repeats.identical']);
  });

  it('is not complete when it never asks for the status', async () => {
    const { failed, unseen } = await check({ omits: ['status', 'rating'] }, 'onix');
    expect(failed).toEqual([]);
    expect(unseen).toEqual(expect.arrayContaining(['request.status', 'request.rating', 'continues.refused']));
  });
});

describe.concurrent('a buyer app that sins', () => {
  it.each(CASES)('$rule: $sin', async ({ rule, sins, profile = 'strict', pace, also = [] }) => {
    const { failed } = await check(sins, profile, pace);
    expect(failed.toSorted()).toEqual([rule, ...also].toSorted());
  });
});

describe('the cases', () => {
  it('break every rule', () => {
    expect(ALL_RULES.map((rule) => rule.id).filter((rule) => !CASES.some((one) => one.rule === rule))).toEqual([]);
  });
});
