/**
 * Unified Bharat e-Charge: callbacks about generated orders match their schema, a select comes back as sent, and every
 * valid request and any filter is read or refused. The published schemas, if present, agree.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { valueAt, isObject, readList } from '../../src/beckn/protocol/json-reading.js';
import { ubc } from '../../src/beckn/dialects/ubc/index.js';
import { parseFilter } from '../../src/beckn/dialects/core-2x/filter-parse.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import { ORDER_STATES, type Order } from '../../src/domain/model/order.js';
import type { Json } from '../../src/domain/model/object.js';
import type { CallbackAction } from '../../src/domain/model/effect.js';
import { becknCheck } from '../../src/schema/validators.js';
import { SELF } from '../conformance/beckn/open-pipeline.js';
import { NETWORK } from '../conformance/beckn/ubc/ubc-exchange.js';
import { AT, PEER, sampleOrder } from '../unit/beckn/samples.js';
import { validValues, readSchema, type JsonObject } from './from-schema.js';

const SEED = 2_0_0;
const provider = NETWORK.providers[0];
const station = provider?.stations[0];
const chargePoint = station?.chargePoints[0];
const connector = chargePoint?.connectors[0];
if (!provider || !station || !chargePoint || !connector) throw new Error('the sample network has changed');
const SITE = { provider, station, chargePoint, connector };

const writer = createCallbackRenderer({ dialects: [ubc], subscriber: SELF, peerSettings: () => PEER });

function written(action: CallbackAction, order: Order): JsonObject {
  const text = writer.render({
    action,
    dialect: ubc.name,
    bapId: 'bap.example',
    network: 'main',
    bapUri: 'https://bap.example/beckn',
    replyContext: ubc.replyContext({}),
    becknTransactionId: 't',
    messageId: 'm',
    at: AT,
    content: { type: 'order', order, site: SITE },
  });
  return JSON.parse(text) as JsonObject;
}

const folder = join(import.meta.dirname, '../../beckn-schemas/ubc-2.0.0');
const REQUESTS = ['discover', 'select', 'init', 'confirm', 'status', 'update', 'cancel', 'track', 'support', 'rating'];

const published = process.env['BECKN_SCHEMAS'] ?? '';
const theirs = join(published, 'ubc-v0.9');
const present = published !== '' && existsSync(theirs);

describe('Unified Bharat e-Charge', () => {
  it('renders callbacks that match their schema in every state', () => {
    const limits = fc.integer({ min: 1, max: 500_000 }).map((value) => ({ kind: 'energy' as const, value }));
    fc.assert(
      fc.property(fc.constantFrom(...ORDER_STATES), limits, fc.nat(100_000), (state, limit, paid) => {
        const order = sampleOrder({ state, limit, payment: { paid } });
        for (const action of ['on_select', 'on_init', 'on_confirm', 'on_status', 'on_update', 'on_cancel'] as const)
          expect(written(action, order)['message']).toBeDefined();
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('returns the values of a select in its answer, number for number', () => {
    const wish = fc.record({
      wh: fc.integer({ min: 1, max: 500_000 }),
      from: fc.integer({ min: AT, max: AT + 86_400_000 }),
      lasts: fc.integer({ min: 60_000, max: 36_000_000 }),
      fee: fc.integer({ min: 0, max: 10_000 }).map((value) => value / 100),
      buyer: fc.stringMatching(/^[a-z0-9-]{1,30}$/),
    });
    fc.assert(
      fc.property(wish, ({ wh, from, lasts, fee, buyer }) => {
        const preferences = {
          startTime: new Date(from).toISOString(),
          endTime: new Date(from + lasts).toISOString(),
        };
        const said = {
          order: {
            'beckn:buyer': { 'beckn:id': buyer },
            'beckn:orderItems': [
              { 'beckn:orderedItem': 'item-1', 'beckn:quantity': { unitCode: 'KWH', unitQuantity: wh / 1000 } },
            ],
            'beckn:orderAttributes': { buyerFinderFee: { feeType: 'AMOUNT', feeValue: fee }, preferences },
          },
        };
        const read = ubc.read('select', {}, said, PEER);
        if ('refusal' in read || read.type !== 'select' || !('limit' in read.limit)) throw new Error('not read');
        expect(read.limit.limit).toEqual({ kind: 'energy', value: wh });
        expect(read.slot).toEqual({ slot: { from, until: from + lasts } });
        const base = sampleOrder({ limit: read.limit.limit, passthrough: read.passthrough ?? null });
        const order = { ...base, quote: { ...base.quote, energyWh: wh } };
        const answeredOrder = valueAt(written('on_select', order), 'message', 'order');
        const item = readList(valueAt(answeredOrder, 'beckn:orderItems'))[0];
        expect(valueAt(item, 'beckn:orderedItem')).toBe('item-1');
        expect(valueAt(item, 'beckn:quantity', 'unitQuantity')).toBe(wh / 1000);
        expect(valueAt(answeredOrder, 'beckn:buyer', 'beckn:id')).toBe(buyer);
        expect(valueAt(answeredOrder, 'beckn:orderAttributes', 'preferences')).toEqual(preferences);
        expect(valueAt(answeredOrder, 'beckn:orderAttributes', 'buyerFinderFee', 'feeValue')).toBe(fee);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it.each(REQUESTS)('reads or refuses every valid %s and never throws', (action) => {
    const file = join(folder, `${action}.json`);
    fc.assert(
      fc.property(validValues(readSchema(file), file), (body) => {
        expect(becknCheck('ubc-2.0.0', action)?.(body)).toBeUndefined();
        const message = valueAt(body, 'message');
        if (!isObject(message)) throw new Error('no message');
        expect(ubc.read(action, {}, message, PEER)).toBeTypeOf('object');
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('reads or names a filter of any characters and never throws', () => {
    const pieces = fc.constantFrom(
      '$',
      '[?(',
      ')]',
      '@',
      '.a',
      "['b']",
      '==',
      "'x'",
      '5',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '*',
      '~',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const parsed = parseFilter(parts.join(' '));
        expect('expression' in parsed || parsed.problem.length > 0).toBe(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  if (!present) console.warn('SKIPPED: Unified Bharat e-Charge against what is published; set BECKN_SCHEMAS.');

  describe.skipIf(!present)('compared with the published schemas', () => {
    const bags = new Map<string, (value: unknown) => string | undefined>();
    const ajv = new Ajv({ strict: false, validateFormats: true });
    formats.default(ajv);
    for (const file of present ? readdirSync(theirs).filter((name) => name.endsWith('-attributes.yaml')) : []) {
      // Schemas in other repositories are not available here.
      const text = readFileSync(join(theirs, file), 'utf8').replaceAll(/\$ref: "https:[^"]*"/g, 'type: object');
      const { components } = parse(text) as { components: { schemas: Record<string, object> } };
      ajv.addSchema({ components }, file);
      for (const name of Object.keys(components.schemas)) {
        const validate = ajv.compile({ $ref: `${file}#/components/schemas/${name}` });
        bags.set(name, (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors)));
      }
    }

    const goldens = join(import.meta.dirname, '../conformance/beckn/ubc/golden');
    it.each(readdirSync(goldens))('%s: our attributes are valid by the published schemas', (file) => {
      const { callbacks } = JSON.parse(readFileSync(join(goldens, file), 'utf8')) as { callbacks: Json[] };
      for (const { type, bag } of callbacks.flatMap((one) => typesIn(one))) {
        const check = bags.get(type);
        if (check) expect({ type, bag, error: check(bag) }).toMatchObject({ error: undefined });
      }
    });

    it('the golden files contain every published attribute type that we render', () => {
      const texts = readdirSync(goldens).map((file) => readFileSync(join(goldens, file), 'utf8'));
      for (const name of ['ChargingSession', 'ChargingService', 'ChargingOffer', 'BuyerUPI', 'UBCPaymentAttributes']) {
        expect(bags.has(name), name).toBe(true);
        expect(
          texts.some((text) => text.includes(`"@type": "${name}"`)),
          name,
        ).toBe(true);
      }
    });

    it('reads every published discover', () => {
      for (const file of readdirSync(theirs).filter((name) => name.includes('_discover__discovery'))) {
        const body = JSON.parse(readFileSync(join(theirs, file), 'utf8')) as Json;
        const message = valueAt(body, 'message');
        expect(becknCheck('ubc-2.0.0', 'discover')?.(body), file).toBeUndefined();
        expect(isObject(message) && ubc.read('discover', {}, message, PEER), file).toMatchObject({ type: 'search' });
      }
    });
  });
});

/** Returns all typed nodes without `@type` and `@context`, which closed published types do not declare. */
function typesIn(value: unknown): { readonly type: string; readonly bag: object }[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => typesIn(one));
  if (!isObject(value)) return [];
  const below = Object.values(value).flatMap((one) => typesIn(one));
  const { '@type': type, '@context': _context, ...bag } = value;
  return typeof type === 'string' ? [{ type, bag }, ...below] : below;
}
