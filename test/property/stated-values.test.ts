/**
 * What a confirm states is read or refused. For every value of a confirm and every other value in its place, the
 * request is not read as if it did not state the value at all.
 */
import { expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { readRequest, type ReadRequestDeps } from '../../src/beckn/inbound/read-request.js';
import { valueAt } from '../../src/beckn/protocol/json-reading.js';
import { BAP, SELF } from '../conformance/beckn/open-pipeline.js';
import { PEER } from '../unit/beckn/samples.js';

const PARTIES = { bap_id: BAP, bap_uri: 'https://bap.example/beckn', bpp_id: SELF.bppId, bpp_uri: SELF.bppUri };
const IDS = { action: 'confirm', transaction_id: 't', message_id: 'm' };
const FROM = '2026-01-15T20:00:00Z';
const UNTIL = '2026-01-15T21:00:00Z';
const STOPS = [
  { type: 'start', time: { timestamp: FROM } },
  { type: 'end', time: { range: { end: UNTIL } } },
];
const entry = (code: string, value: string) => ({ descriptor: { code }, value });
const group = (code: string, ...list: readonly object[]) => ({ descriptor: { code }, list });
const paid = (fields: object) => [
  { type: 'PRE-ORDER', status: 'PAID', params: { amount: '600', currency: 'INR' }, ...fields },
];
const ENERGY = { unitCode: 'KWH', unitQuantity: 5 };
const ATTRIBUTES = {
  buyerFinderFee: { feeType: 'PERCENTAGE', feeValue: 2 },
  preferences: { startTime: FROM, endTime: UNTIL },
};

const CONFIRMS = {
  'uei-charging-1.0.0': {
    context: { ...PARTIES, ...IDS, domain: 'uei:charging', version: '1.0.0' },
    message: {
      order: {
        provider: { id: 'acme' },
        items: [{ id: 'cp-7-2' }],
        tags: [group('selected-charging-option', entry('Units', '5000'))],
        offers: [{ id: 'night' }],
        fulfillments: [{ stops: STOPS }],
        payments: paid({ tags: [group('buyer-finder-fee', entry('percentage', '2'))] }),
      },
    },
  },
  'uei-ev-charging': {
    context: { ...PARTIES, ...IDS, domain: 'uei:ev-charging', version: '1.1.0' },
    message: {
      order: {
        provider: { id: 'acme' },
        items: [{ id: 'cp-7-2', quantity: { selected: { measure: { value: '5', unit: 'kWh' } } } }],
        fulfillments: [{ stops: STOPS }],
        payments: paid({}),
      },
    },
  },
  'ubc-2.0.0': {
    context: { ...PARTIES, ...IDS, domain: 'beckn.one:deg:ev-charging', version: '2.0.0' },
    message: {
      order: {
        'beckn:orderItems': [{ 'beckn:orderedItem': 'IND*1', 'beckn:quantity': ENERGY }],
        'beckn:orderAttributes': ATTRIBUTES,
        'beckn:payment': { 'beckn:paymentStatus': 'COMPLETED', 'beckn:amount': { currency: 'INR', value: 600 } },
      },
    },
  },
  'lts-2.0.0': {
    context: {
      version: '2.0.0',
      networkId: 'nfh.global/testnet-evcharging',
      bapId: BAP,
      bapUri: PARTIES.bap_uri,
      bppId: SELF.bppId,
      action: 'confirm',
      transactionId: 't',
      messageId: 'm',
    },
    message: {
      contract: {
        commitments: [{ resources: [{ id: 'IND*1', quantity: ENERGY }] }],
        consideration: [{ id: 'k', considerationAttributes: { currency: 'INR', totalAmount: 500 } }],
        settlements: [{ considerationId: 'k', status: 'COMPLETE', amount: { currency: 'INR', value: 600 } }],
        contractAttributes: ATTRIBUTES,
      },
    },
  },
} as const;

const DEPS: ReadRequestDeps = {
  dialects: DIALECTS,
  peerSettings: () => PEER,
  subscriber: SELF,
  options: { domains: [], staleness: 'warn' },
};
/** What of a confirm decides about the order; the rest is only repeated in callbacks. */
const DECIDING = ['items', 'limit', 'slot', 'offer', 'buyerFinderFee', 'payment'];

/** Returns what is read of a confirm, as text; `refused` if it is not accepted. */
function outcomeOf(body: object): string {
  const record = { subscriberId: BAP, type: 'BAP', keyId: 'k', signingPublicKey: '', status: 'SUBSCRIBED' };
  const sender = { ok: true, subscriberId: BAP, keyId: 'k', digest: '', record } as unknown as Parameters<
    typeof readRequest
  >[1]['sender'];
  const read = readRequest(DEPS, { action: 'confirm', body, sender, receivedAt: 0 });
  if (!('request' in read)) return 'refused';
  const parts = DECIDING.map((part) => valueAt(read.request, part));
  return parts.some(isRefused) ? 'refused' : JSON.stringify(parts);
}

/** A fee that cannot be read is not a number, which no quote accepts. */
function isRefused(part: unknown): boolean {
  return valueAt(part, 'refusal') !== undefined || Number.isNaN(valueAt(part, 'value'));
}

type Holder = { [key: string]: unknown };
type Path = readonly string[];

function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [[...path, key], ...placesIn(part, [...path, key])]);
}

function withChange(body: object, path: Path, change: (holder: Holder, key: string) => void): object {
  const copy = structuredClone(body) as Holder;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Holder;
  change(holder, path.at(-1) ?? '');
  return copy;
}

function withRemoved(body: object, path: Path): object {
  return withChange(body, path, (holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  });
}

const OTHERS: readonly unknown[] = [true, 0, -1, 7, 'x', 'x'.repeat(300), 'a\u200b', '4,5', '1e3', 'tomorrow', [FROM]];
/** Codes may be those of other groups, and the rest are words that may be missing. */
const WORDS: ReadonlySet<string | undefined> = new Set(['code', 'transaction_id']);

it.each(Object.entries(CONFIRMS))('in %s', (_dialect, confirm) => {
  const full = outcomeOf(confirm);
  expect(full).not.toBe('refused');
  const leftOut: string[] = [];
  let compared = 0;
  for (const inMessage of placesIn(confirm.message)) {
    const path = ['message', ...inMessage];
    const absent = outcomeOf(withRemoved(confirm, path));
    if (WORDS.has(path.at(-1)) || absent === full || absent === 'refused') continue;
    const said = valueIn(confirm, path);
    const turned: unknown = Array.isArray(said) ? said[0] : [said];
    for (const other of [...OTHERS, turned]) {
      compared += 1;
      const changed = withChange(confirm, path, (holder, key) => (holder[key] = other));
      if (outcomeOf(changed) === absent) leftOut.push(`${path.join('.')}: ${JSON.stringify(other).slice(0, 60)}`);
    }
  }
  expect(leftOut).toEqual([]);
  expect(compared).toBeGreaterThan(100);
});

function valueIn(body: object, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Holder)[key], body);
}
