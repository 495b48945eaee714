/**
 * Checks each rule of bap-check, over real sockets, with a buyer app that violates only this rule. Conforming apps pass
 * all rules, and a mistake that stops the whole run is reported once, as its cause.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { clientDriver, triggerDriver, type AppDriver } from '../../src/sandbox/bap-check/app-driver.js';
import { openHarness, type Harness } from '../../src/sandbox/bap-check/harness.js';
import type { Timing } from '../../src/sandbox/bap-check/provider/run-record.js';
import { PROFILES, profilesOf, type ProfileName } from '../../src/sandbox/bap-check/provider/provider-profiles.js';
import { rulesOf } from '../../src/sandbox/bap-check/rules/all-rules.js';
import { judgeRun } from '../../src/sandbox/bap-check/rules/judge.js';
import { createBuyerApp, type BuyerApp } from '../../src/sandbox/buyer-app.js';
import type { Dialect } from '../../src/sandbox/dialects/dialect.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { freePorts } from './free-ports.js';
import { DIALECT_NAMES, DIALECTS, type DialectName } from '../../src/sandbox/dialects/all.js';
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

/** Timeouts are generous, so that a busy machine does not look like a violation. */
const TIMING: Timing = {
  timeoutMs: 6_000,
  optionalTimeoutMs: 1_500,
  repeatWindowMs: 60,
  processingMs: 20,
  lateByMs: 60,
  answerWithinMs: 10_000,
  answerTimeoutMs: 12_000,
};
let seed = 0;

interface Circumstances {
  /** Default: `uei-charging-1.0.0`. */
  readonly dialect?: DialectName | undefined;
  /** Default: `strict`. */
  readonly profile?: ProfileName | undefined;
  /** Overrides for violations of time limits. */
  readonly timing?: Partial<Timing> | undefined;
  /** The dialect that the app uses instead of the expected one. */
  readonly speaks?: DialectName;
}

interface App {
  readonly bapUri: string;
  readonly publicKey: Uint8Array;
  /** Starts the app after the provider has started. */
  start(harness: Harness, dialect: Dialect): Promise<AppDriver>;
  close(): Promise<void>;
}

async function judge(app: App, { dialect: name = 'uei-charging-1.0.0', profile = 'strict', timing }: Circumstances) {
  const dialect = DIALECTS[name];
  const harness = await openHarness({
    clock: realClock,
    random: createSeededRandom((seed += 1)),
    dialect,
    host: '127.0.0.1',
    port: 0,
    registryPort: 0,
    subscriberId: SUBSCRIBER,
    keyId: KEY_ID,
    publicKey: app.publicKey,
    bapUri: app.bapUri,
    timing: { ...TIMING, ...timing },
  });
  try {
    const record = await harness.run({ profile: PROFILES[profile], driver: await app.start(harness, dialect) });
    const { findings, causes } = judgeRun(rulesOf(dialect), record);
    const ids = (verdict: string) =>
      findings.filter((finding) => finding.verdict === verdict).map(({ rule }) => rule.id);
    return { record, findings, causes, failed: ids('fail'), unseen: ids('not-seen'), untried: ids('not-tried') };
  } finally {
    await app.close();
    await harness.close();
  }
}

async function check(violations: Violations, circumstances: Circumstances = {}) {
  await loadSodium();
  const { dialect: dialectName = 'uei-charging-1.0.0', profile = 'strict', speaks = dialectName } = circumstances;
  const { bapUri, triggerUrl, close } = await startBuyerUnderTest(violations, speaks);
  const start = ({ expected }: Harness, dialect: Dialect) =>
    Promise.resolve(triggerDriver(triggerUrl, { dialectName, dialect, profile, expected }));
  return judge({ bapUri, publicKey: PUBLIC_KEY, start, close }, circumstances);
}

/** Checks the sandbox's own buyer app request by request. */
async function checkSandboxBuyer(circumstances: Circumstances) {
  const keys = await makeKeys();
  const [port = 0] = await freePorts(1);
  const random = createSeededRandom(3);
  let buyer: BuyerApp | undefined;
  return judge(
    {
      bapUri: `http://127.0.0.1:${port}/bap`,
      publicKey: keys.publicKey,
      async start({ expected, offer }, dialect) {
        const { bppId, bppUri, registryUrl } = expected;
        const { envelope } = dialect;
        const identity = { subscriberId: SUBSCRIBER, keyId: KEY_ID, secretKey: keys.secretKey };
        const provider = { registryUrl, bppUri, bppId, envelope };
        buyer = createBuyerApp({ ...identity, ...provider, host: '127.0.0.1', port, clock: realClock, random });
        const { url } = await buyer.start();
        return clientDriver(`${url}/client/{action}`, { clock: realClock, random, dialect, offer, expected });
      },
      close: async () => buyer?.stop(),
    },
    circumstances,
  );
}

const inContext =
  (change: Json, applies: (action: string) => boolean = () => true): NonNullable<Violations['context']> =>
  (action, context) =>
    applies(action) ? { ...context, ...change } : context;
const isStatus = (callback: Json): boolean => callback.context.action === 'on_status';
const refusal = nack(400, 'refused');
const OLD_TIMESTAMP = '2023-02-18T00:00:00.000Z';
const FIXED_ID = randomUUID();

interface Case extends Circumstances {
  readonly rule: string;
  /** The rest of a test title that begins with "a buyer app that". */
  readonly title: string;
  readonly violations: Violations;
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
  },
  {
    rule: 'request.init',
    title: 'initialises without an order',
    violations: { message: dropping('init', 'order') },
  },
  {
    rule: 'request.confirm',
    title: 'confirms without an order',
    violations: { message: dropping('confirm', 'order') },
  },
  {
    rule: 'request.status',
    title: 'asks for the status without an order_id',
    violations: { message: dropping('status', 'order_id') },
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
  },
  {
    rule: 'accepts.duplicate-status',
    title: 'refuses a repeated on_status',
    violations: {
      answer: (callback, times) => (times === 2 && callback.message?.order?.status === 'ACTIVE' ? refusal : undefined),
    },
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
  ...(['dent-ev-charging', 'uei-ev-charging', 'ev-charging-uei'] as const).flatMap((dialect): Case[] => [
    {
      dialect,
      rule: 'request.start',
      title: `starts with a state that ${dialect} does not have`,
      violations: { message: replacing('start', /start-charging|CHARGING_IN_PROGRESS/, 'begin') },
    },
    {
      dialect,
      rule: 'request.stop',
      title: `stops in ${dialect} without an update target`,
      violations: { message: dropping('stop', 'update_target') },
    },
    {
      dialect,
      rule: 'journey.items',
      title: `orders what the catalogue of ${dialect} does not have`,
      violations: { message: replacing('init', /"items":\[\{"id":"[^"]+"/, '"items":[{"id":"cp-old-1"') },
    },
    {
      dialect,
      rule: 'journey.amount',
      title: `pays a round amount in ${dialect}`,
      violations: { message: paying((params) => ({ ...params, amount: '100' })) },
    },
    {
      dialect,
      rule: 'context.version',
      title: `forgets the version of ${dialect}`,
      violations: { context: inContext({ version: '1.0.0' }) },
    },
    {
      dialect,
      rule: 'journey.final-state',
      title: `stops a completed order of ${dialect}`,
      violations: { afterEnd: 'stop' },
    },
  ]),
  ...(['ubc-2.0.0', 'lts-2.0.0'] as const).flatMap((dialect): Case[] => [
    {
      dialect,
      rule: 'request.start',
      title: `starts ${dialect} with another session status`,
      violations: { message: replacing('start', /PENDING/, 'START') },
    },
    {
      dialect,
      rule: 'request.discover',
      title: `discovers in ${dialect} with a text in place of an object`,
      violations: { message: (name) => (name === 'search' ? { filters: 'CCS2', intent: 'CCS2' } : undefined) },
    },
    {
      dialect,
      rule: 'request.select',
      title: `selects no quantity in ${dialect}`,
      violations: { message: replacing('select', /"unitQuantity":5/, '"unitQuantity":"5"') },
    },
    {
      dialect,
      rule: 'journey.items',
      title: `orders what the catalogue of ${dialect} does not have`,
      violations: { message: replacing('init', /cp-\w+-1/, 'IND*OLD*1') },
    },
    {
      dialect,
      rule: 'journey.amount',
      title: `writes the amount of ${dialect} as a text`,
      violations: { message: replacing('confirm', /"value":([\d.]+)/, '"value":"$1"') },
    },
    {
      dialect,
      rule: 'journey.amount',
      title: `pays nothing in ${dialect}`,
      violations: { message: replacing('confirm', /COMPLETED?/, 'INITIATED') },
    },
    {
      dialect,
      rule: 'request.status',
      title: `asks for no order of ${dialect}`,
      violations: { message: replacing('status', /"(beckn:)?id":"[^"]+"/, '"x":"y"') },
    },
    {
      dialect,
      rule: 'answers.ack',
      title: `acknowledges on_init of ${dialect} as another version does`,
      violations: {
        answer: ({ context }) => {
          const other = dialect === 'ubc-2.0.0' ? '{"status":"ACK"}' : '{"message":{"ack":{"status":"ACK"}}}';
          return context.action === 'on_init' ? { status: 200, text: other } : undefined;
        },
      },
    },
  ]),
  {
    dialect: 'lts-2.0.0',
    rule: 'request.rate',
    title: 'rates without ratingInputs',
    violations: { message: dropping('rate', 'ratingInputs') },
  },
  {
    dialect: 'ubc-2.0.0',
    rule: 'refuses.tampered',
    title: 'verifies only callbacks with a Digest header, in ubc-2.0.0',
    violations: { unchecked: 'signature-without-digest-header' },
  },
  {
    dialect: 'uei-charging-pulse',
    rule: 'refuses.tampered',
    title: 'verifies only callbacks with a Digest header, in uei-charging-pulse',
    violations: { unchecked: 'signature-without-digest-header' },
  },
  {
    dialect: 'ev-charging-uei',
    rule: 'accepts.raw-bytes',
    title: 'verifies the body after serialising it again, in ev-charging-uei',
    violations: { unchecked: 'raw-bytes' },
  },
];

/** Replaces a text in the message of one request. */
function replacing(from: string, text: RegExp, by: string): NonNullable<Violations['message']> {
  return (name, message) => (name === from ? (JSON.parse(JSON.stringify(message).replace(text, by)) as Json) : message);
}

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

const PROFILES_OF_DIALECTS = DIALECT_NAMES.flatMap((dialect) =>
  profilesOf(DIALECTS[dialect]).map(({ name }) => [dialect, name] as const),
);

describe.concurrent('a conforming buyer app', () => {
  it.each(PROFILES_OF_DIALECTS)('of %s passes every rule of %s', async (dialect, profile) => {
    const { failed, unseen, untried, causes, record } = await check({}, { dialect, profile });
    expect(record.abort).toBeUndefined();
    expect(failed).toEqual([]);
    expect(untried).toEqual([]);
    expect(causes).toEqual([]);
    // Only `strict` provokes a repeat, and no rule requires one. Where an update stops the session, the app sends no
    // cancel.
    const cancel = dialect.startsWith('uei-charging') ? [] : ['request.cancel'];
    const update = ['dent-ev-charging', 'uei-ev-charging', 'ev-charging-uei'].includes(dialect)
      ? ['request.update']
      : [];
    expect(unseen).toEqual([...update, ...cancel, ...(profile === 'strict' ? [] : ['repeats.identical'])]);
  });

  it('is incomplete when it never asks for the status', async () => {
    const { failed, unseen, untried } = await check({ omits: ['status', 'rating'] }, { profile: 'onix' });
    expect(failed).toEqual([]);
    expect(unseen).toEqual(expect.arrayContaining(['request.status', 'request.rating']));
    expect(untried).toEqual(['continues.refused', 'repeats.refused']);
  });
});

describe.concurrent('the sandbox buyer app', () => {
  it.each(PROFILES_OF_DIALECTS)('speaks %s and passes every rule of %s', async (dialect, profile) => {
    const { failed, unseen, untried, causes, record } = await checkSandboxBuyer({ dialect, profile });
    expect(record.abort).toBeUndefined();
    expect([...failed, ...untried, ...causes]).toEqual([]);
    // The app repeats nothing by itself. Where an update stops the session, it sends no cancel.
    const cancel = dialect.startsWith('uei-charging') ? [] : ['request.cancel'];
    expect(unseen).toEqual([...cancel, 'repeats.identical']);
  });
});

describe.concurrent('a buyer app that', () => {
  it.each(CASES)('$title fails $rule', async ({ rule, violations, ...circumstances }) => {
    const { failed, causes } = await check(violations, circumstances);
    expect(failed).toEqual([rule]);
    expect(causes).toEqual([]);
  });
});

describe('the cases', () => {
  it('violate every rule of every dialect', () => {
    const rules = new Set(DIALECT_NAMES.flatMap((name) => rulesOf(DIALECTS[name]).map(({ id }) => id)));
    expect([...rules].filter((id) => !CASES.some(({ rule }) => rule === id))).toEqual([]);
  });
});

const QUICK = { timeoutMs: 400, optionalTimeoutMs: 300 };
const answering = (status: number, text = ''): Violations => ({ answersAll: { status, text } });
const NACK_401 = '{"message":{"ack":{"status":"NACK"}},"error":{"code":"401","message":"who are you"}}';

interface Mistake extends Circumstances {
  readonly title: string;
  readonly violations: Violations;
  readonly cause: string;
  readonly text: RegExp;
  /** Matches the advice to the developer. */
  readonly cure: RegExp;
  /** A rule that still gets a verdict. If absent, no rule does. */
  readonly judged?: string;
  /** Whether the answers to callbacks get a verdict. */
  readonly hasAnswers?: boolean;
}

const MISTAKES: readonly Mistake[] = [
  {
    title: 'answers 404 to every callback',
    violations: answering(404, 'Cannot POST'),
    cause: 'callbacks-refused',
    text: /answered the first callback with 404: it does not serve POST http:.*\/bap\/on_search$/,
    cure: /^Correct --url/,
    judged: 'signature.digest',
  },
  {
    title: 'refuses every callback by its signature',
    violations: answering(401, NACK_401),
    cause: 'callbacks-refused',
    text: /^The app refused the first callback with a NACK \(401\): who are you$/,
    cure: /the key key-\w+ of bap-check\.example.*registry http:/,
    judged: 'signature.digest',
  },
  {
    title: 'answers every callback with a NACK and 200',
    violations: answering(200, NACK_401),
    cause: 'callbacks-refused',
    text: /^The app refused the first callback with a NACK \(200\): who are you$/,
    cure: /error\.message/,
    judged: 'context.ids',
  },
  {
    title: 'fails at every callback',
    violations: answering(500, 'oh'),
    cause: 'callbacks-refused',
    text: /^The app failed at the first callback: 500 oh$/,
    cure: /log/,
    judged: 'context.ids',
  },
  {
    title: 'answers every callback with an empty body, and does nothing',
    violations: answering(200),
    cause: 'callbacks-refused',
    text: /^The app answered the first callback without an ACK, and did not continue: 200 with an empty body$/,
    cure: /^Answer \{"message":\{"ack":\{"status":"ACK"\}\}\}, and continue/,
    judged: 'context.ids',
  },
  {
    title: 'redirects every callback',
    violations: answering(301),
    cause: 'callbacks-refused',
    text: /the first callback with 301, a redirect/,
    cure: /final address/,
    judged: 'context.ids',
  },
  {
    title: 'drops the connection at every callback',
    violations: { answersAll: 'cut' },
    cause: 'unreachable',
    text: /got no answer: the connection was closed$/,
    cure: /exception/,
    judged: 'context.ids',
  },
  {
    title: 'answers no callback in time',
    violations: { answersAll: 'silence' },
    timing: { answerTimeoutMs: 200 },
    cause: 'unreachable',
    text: /got no answer: none came within 0\.2 s$/,
    cure: /Acknowledge each callback first/,
    judged: 'context.ids',
  },
  {
    title: 'sends its requests to another path',
    violations: { basePath: '/beckn' },
    cause: 'wrong-path',
    text: /^No search came to the bpp_uri; the app sent POST \/beckn\/search$/,
    cure: /POST http:.*\/bpp\/search\.$/,
  },
  {
    title: 'sends nothing',
    violations: { omits: ['search', 'select', 'init', 'confirm', 'status', 'update', 'track', 'support', 'cancel'] },
    cause: 'no-request',
    text: /^No request came within 0\.4 s$/,
    cure: /POST http:.*\/bpp\/search\..*in the registry http:/,
  },
  {
    title: 'sends no transaction_id',
    violations: { context: inContext({ transaction_id: undefined }) },
    cause: 'unreadable-requests',
    text: /^No request could be read: search: the context lacks transaction_id or message_id$/,
    cure: /with transaction_id and message_id in the context/,
  },
  {
    title: 'speaks another dialect',
    violations: {},
    speaks: 'ev-charging-uei',
    cause: 'other-dialect',
    text: /^The app speaks ev-charging:uei 1\.1\.0, and this check speaks uei:charging 1\.0\.0$/,
    cure: /--dialect ev-charging-uei\.$/,
  },
  {
    title: 'speaks the dialect with contexts in camel case',
    violations: {},
    speaks: 'lts-2.0.0',
    cause: 'other-dialect',
    text: /^The app speaks nfh\.global\/testnet-evcharging 2\.0\.0/,
    cure: /--dialect lts-2\.0\.0\.$/,
  },
  {
    title: 'stops after the quote',
    violations: { stopsAfter: 'select' },
    profile: 'onix',
    cause: 'stopped',
    text: /^No init came within 0\.4 s, after on_select$/,
    cure: /log/,
    judged: 'request.select',
    hasAnswers: true,
  },
  {
    title: 'never starts charging',
    violations: { stopsAfter: 'confirm' },
    dialect: 'ubc-2.0.0',
    profile: 'onix',
    cause: 'stopped',
    text: /^No update to start charging came within 0\.4 s, after on_confirm$/,
    cure: /log/,
    judged: 'request.confirm',
    hasAnswers: true,
  },
];

describe.concurrent('one mistake is reported once: a buyer app that', () => {
  it.each(MISTAKES)('$title', async (mistake) => {
    const { violations, cause, text, cure, judged, hasAnswers = false, timing, ...circumstances } = mistake;
    const result = await check(violations, { ...circumstances, timing: { ...QUICK, ...timing } });
    expect(result.causes.map(({ id }) => id)).toEqual([cause]);
    expect(result.causes[0]?.text).toMatch(text);
    expect(result.causes[0]?.cure).toMatch(cure);
    expect(result.failed).toEqual([]);
    // A rule that could not be tried has neither passed nor failed, and is not missing either.
    const missing = result.findings.filter(({ verdict, rule }) => verdict === 'not-seen' && rule.required);
    expect(missing.map(({ rule }) => rule.id)).toEqual([]);
    const passed = result.findings.filter(({ verdict }) => verdict === 'pass').map(({ rule }) => rule.id);
    if (judged === undefined) expect(passed).toEqual([]);
    else expect(passed).toContain(judged);
    expect(passed.some((id) => /^(refuses|accepts|answers|continues|repeats)\./.test(id))).toBe(hasAnswers);
  });

  it('answers every callback with an empty body fails one rule, and is tried for the rest', async () => {
    const { failed, causes, untried, findings } = await check({ answer: () => ({ status: 200, text: '' }) });
    expect(failed).toEqual(['answers.ack']);
    expect(causes).toEqual([]);
    expect(untried.filter((id) => !id.startsWith('accepts.'))).toEqual([]);
    expect(findings.find(({ rule }) => rule.id === 'accepts.unsolicited')).toMatchObject({
      verdict: 'not-tried',
      because: 'answers.ack',
    });
  });

  it('signs nothing fails one rule', async () => {
    const { failed, untried, findings } = await check({ header: () => undefined });
    expect(failed).toEqual(['signature.header']);
    expect(untried).toEqual(['signature.digest', 'signature.times', 'signature.key-id']);
    expect(findings.find(({ rule }) => rule.id === 'signature.digest')?.because).toBe('signature.header');
  });

  it('verifies no callback gets one cause, not a failure for each flaw', async () => {
    const { failed, causes, untried } = await check({ unchecked: 'everything' });
    expect(failed).toEqual([]);
    expect(causes.map(({ id }) => id)).toEqual(['unverified-callbacks']);
    expect(untried.filter((id) => !id.startsWith('refuses.'))).toEqual([]);
    expect(untried).toHaveLength(7);
  });

  it('stops after an error callback fails that rule, which is why the rest is not tried', async () => {
    const { failed, causes, findings } = await check({ stopsAfterError: true }, { timing: QUICK });
    expect(failed).toEqual(['continues.error']);
    expect(causes).toEqual([]);
    expect(findings.find(({ rule }) => rule.id === 'request.init')).toMatchObject({ because: 'continues.error' });
  });
});
