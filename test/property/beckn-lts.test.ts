/**
 * Beckn 2.0.0 LTS: callbacks about generated orders match our schemas and, if present, the published ones, and read
 * back as the same order. Every valid request is read or refused.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt, isObject, readList } from '../../src/beckn/protocol/json-reading.js';
import { lts } from '../../src/beckn/dialects/lts/index.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import type { CallbackContent } from '../../src/ports/callback-delivery.js';
import { findConnector } from '../../src/bridge/buyers/find-connector.js';
import { callbackActionOf } from '../../src/bridge/orders/effect-factory.js';
import { Catalogue } from '../../src/domain/locations/catalogue.js';
import type { CallbackAction } from '../../src/domain/model/effect.js';
import { price } from '../../src/domain/pricing/pricing.js';
import { REFUSALS, type RefusalCode } from '../../src/domain/model/refusal.js';
import { becknCheck } from '../../src/schema/validators.js';
import { SELF } from '../conformance/beckn/open-pipeline.js';
import { ORDER_STATES } from '../../src/domain/model/order.js';
import { toMajor } from '../../src/beckn/dialects/core-2x/figures.js';
import { inMinorUnits } from './stated-money.js';
import { AT, numbered, PEER, sampleOrder } from '../unit/beckn/samples.js';
import { validValues, readSchema, type JsonObject } from './from-schema.js';
import { ltsProblem, publishedLts } from './published.js';

const SEED = 2_0_1;
const ID = '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10';
const DIGEST = Buffer.alloc(64, 7).toString('base64');
const catalogue = new Catalogue(numbered());
const site = (connectorId: number) => {
  const found = catalogue.site({ chargePointId: 'CP7', connectorId });
  if (!found) throw new Error('the sample network has changed');
  return found;
};
const writer = createCallbackRenderer({ dialects: [lts], subscriber: SELF, peerSettings: () => PEER });
const CONTRACTUAL = ['on_select', 'on_init', 'on_confirm', 'on_status', 'on_update', 'on_cancel'] as const;

function written(action: CallbackAction, content: CallbackContent): JsonObject {
  const text = writer.render({
    action,
    dialect: lts.name,
    bapId: 'bap.example',
    network: 'main',
    bapUri: 'https://bap.example/beckn',
    replyContext: lts.replyContext({ networkId: 'nfh.global/testnet-evcharging' }),
    becknTransactionId: ID,
    messageId: ID,
    requestDigest: DIGEST,
    at: AT,
    content,
  });
  const body = JSON.parse(text) as JsonObject;
  if (publishedLts) expect(ltsProblem(action, body), action).toBeUndefined();
  return body;
}

if (!publishedLts) console.warn('SKIPPED: Beckn 2.0.0 LTS against the published schemas; set BECKN_SCHEMAS.');

describe('Beckn 2.0.0 LTS', () => {
  it('renders callbacks that match their schemas and whose price is the sum of its parts, in every state', () => {
    const limits = fc.integer({ min: 1, max: 500_000 }).map((value) => ({ kind: 'energy' as const, value }));
    fc.assert(
      fc.property(fc.constantFrom(...ORDER_STATES), limits, fc.nat(100_000), (state, limit, paid) => {
        const order = sampleOrder({ id: ID, state, limit, payment: { paid } });
        for (const action of CONTRACTUAL) {
          const contract = valueAt(written(action, { type: 'order', order, site: site(1) }), 'message', 'contract');
          const owed = valueAt(readList(valueAt(contract, 'consideration'))[0], 'considerationAttributes');
          const parts = readList(valueAt(owed, 'breakup')).map((one) =>
            Math.round(Number(valueAt(one, 'amount')) * 100),
          );
          expect(parts.reduce((sum, one) => sum + one, 0)).toBe(Math.round(Number(valueAt(owed, 'totalAmount')) * 100));
        }
        for (const active of [true, false])
          written('on_track', { type: 'tracking', order, site: site(1), url: 'https://bpp.example/t', active });
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  it('renders an order whose connector has left the configuration', () => {
    for (const state of ORDER_STATES) {
      const order = sampleOrder({ id: ID, state });
      for (const action of CONTRACTUAL) written(action, { type: 'order', order, site: {} });
    }
  });

  it.each([...lts.actions])('renders a refused %s with and without its order', (action) => {
    const order = sampleOrder({ id: ID, state: 'confirmed' });
    for (const code of Object.keys(REFUSALS) as RefusalCode[]) {
      const refusal = { code, path: 'message.order', detail: 'because' };
      for (const about of [undefined, { order, site: site(1) }, { passthrough: { item: 'x' } }]) {
        // Only actions about an order have a contract.
        if (about && !CONTRACTUAL.some((one) => one === callbackActionOf(action))) continue;
        written(callbackActionOf(action), { type: 'error', refusal, ...(about && { subject: about }) });
      }
    }
  });

  it('renders the answers to discover, rating and support', () => {
    const state = { status: 'Available', errorCode: 'NoError', at: AT } as const;
    const hits = [1, 2].map((connector) => ({
      site: site(connector),
      state,
      freeSlots: [{ from: AT, until: AT + 1 }],
    }));
    const body = written('on_discover', { type: 'catalogue', network: catalogue.network, hits });
    expect(readList(valueAt(readList(valueAt(body, 'message', 'catalogs'))[0], 'resources'))).toHaveLength(2);
    written('on_support', { type: 'support' });
    written('on_support', { type: 'support', refId: ID, name: 'Acme', phone: '1', url: 'https://acme.example' });
    written('on_rate', { type: 'rating' });
  });

  it('states the digest of the request in a solicited callback and none in an unsolicited one', () => {
    const content = { type: 'order', order: sampleOrder({ id: ID }), site: site(1) } as const;
    const context = valueAt(written('on_status', content), 'context');
    expect(context).toMatchObject({ bapId: 'bap.example', messageId: ID, networkId: 'nfh.global/testnet-evcharging' });
    expect(valueAt(context, 'requestDigest')).toEqual({ digest: `BLAKE-512=${DIGEST}` });
    const silent = createCallbackRenderer({
      dialects: [lts],
      subscriber: SELF,
      peerSettings: () => ({ ...PEER, requestDigest: false }),
    });
    const callback = {
      network: 'main',
      action: 'on_status',
      dialect: lts.name,
      bapId: 'b',
      bapUri: 'https://b.example',
    } as const;
    const rest = { replyContext: lts.replyContext({}), becknTransactionId: ID, messageId: ID, at: AT, content };
    expect(JSON.parse(writer.render({ ...callback, ...rest }))).not.toHaveProperty('context.requestDigest');
    expect(JSON.parse(silent.render({ ...callback, ...rest, requestDigest: DIGEST }))).not.toHaveProperty(
      'context.requestDigest',
    );
  });

  it('preserves connector, energy, slot, fee, buyer and payment from order to dialect and back', () => {
    const wishes = fc.record({
      connectorId: fc.constantFrom(1, 2),
      currency: fc.constantFrom('INR', 'JPY', 'KWD'),
      energyWh: fc.integer({ min: 100, max: 60_000 }),
      slot: fc.option(fc.record({ in: fc.integer({ min: 1, max: 9_999 }), minutes: fc.integer({ min: 1, max: 600 }) })),
      paid: fc.nat(10_000_000),
      reference: fc.stringMatching(/^[a-z0-9-]{1,30}$/),
      fee: fc.record({ kind: fc.constantFrom('percent' as const, 'amount' as const), value: fc.nat(5000) }),
      name: fc.stringMatching(/^[A-Z][a-z]{1,20}$/),
      phone: fc.stringMatching(/^\+91-[0-9]{10}$/),
    });
    fc.assert(
      fc.property(wishes, ({ connectorId, currency, energyWh, slot: wanted, paid, reference, fee, name, phone }) => {
        const tariff = { ...site(connectorId).connector.tariff, currency };
        const from = AT + (wanted?.in ?? 0) * 60_000;
        const slot = wanted && { from, until: from + wanted.minutes * 60_000 };
        const buyer = { id: 'user-1', name, phone };
        const feeValue = fee.kind === 'percent' ? fee.value / 100 : toMajor(fee.value, currency);
        const finderFee = { feeType: fee.kind === 'percent' ? 'PERCENTAGE' : 'AMOUNT', feeValue };
        const order = sampleOrder({
          id: ID,
          state: 'confirmed',
          limit: { kind: 'energy', value: energyWh },
          tariff,
          quote: { ...sampleOrder().quote, ...price(tariff, energyWh) },
          payment: { paid, reference },
          connector: { ...sampleOrder().connector, connectorId },
          buyerFinderFee: fee,
          passthrough: { finderFee, buyer },
          ...(slot && { slot }),
        });
        const content = { type: 'order', order, site: site(connectorId) } as const;
        const { message } = lts.render({ action: 'on_confirm', at: AT, content, subscriber: SELF }, PEER);
        if (!isObject(message)) throw new Error('no message was rendered');
        const read = lts.read('confirm', {}, message, PEER);
        expect(inMinorUnits(read, currency)).toMatchObject({
          type: 'confirm',
          startsBy: 'buyer',
          limit: { limit: { kind: 'energy', value: energyWh } },
          payment: { paid, reference },
          buyerFinderFee: fee,
          paymentPreference: { collectedBy: 'BAP' },
          passthrough: { buyer, finderFee },
          ...(slot && { slot: { slot } }),
        });
        if (!('items' in read) || !read.items) throw new Error('no items');
        expect(findConnector(catalogue, read.items)).toBe(site(connectorId));
        expect(lts.read('status', {}, message, PEER)).toEqual({ type: 'status', orderId: ID });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it.each([...lts.actions])('reads or refuses every valid %s and never throws', (action) => {
    const file = join(import.meta.dirname, '../../beckn-schemas/lts-2.0.0', `${action}.json`);
    fc.assert(
      fc.property(validValues(readSchema(file), file), (body) => {
        expect(becknCheck('lts-2.0.0', action)?.(body)).toBeUndefined();
        const message = valueAt(body, 'message');
        if (!isObject(message)) throw new Error('no message');
        expect(lts.read(action, {}, message, PEER)).toBeTypeOf('object');
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  describe.skipIf(!publishedLts)('compared with the published schemas', () => {
    const folder = join(process.env['BECKN_SCHEMAS'] ?? '', 'beckn-v2-lts');

    it('finds a violation in an invalid callback', () => {
      const broken = { context: { action: 'on_status' }, message: { contract: { commitments: [] } } };
      expect(ltsProblem('on_status', broken)).toContain('fewer than 1 items');
      const nameless = { context: { action: 'on_status', transactionId: 'x' }, message: { contract: { id: 'ord-1' } } };
      expect(ltsProblem('on_status', nameless)).toBeDefined();
    });

    it('reads the contract of each published example as sent back by a buyer app', () => {
      const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
      expect(files).toHaveLength(9);
      for (const file of files) {
        const body = JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject;
        const message = valueAt(body, 'message');
        const action = file.replace(/^on_|\.json$/g, '');
        // Ratings have a different name in requests.
        const said = { ...(isObject(message) && message), ratingInputs: valueAt(message, 'ratings') } as JsonObject;
        const context = { ...(body['context'] as JsonObject), action };
        expect(becknCheck('lts-2.0.0', action)?.({ context, message: said }), file).toBeUndefined();
        const read = lts.read(action, context, said, PEER);
        if (action !== 'update') expect(read, file).not.toHaveProperty('refusal');
        if (action === 'select') expect(read).toMatchObject({ limit: { limit: { value: 2500 } }, slot: {} });
        if (action === 'confirm')
          expect(read).toMatchObject({ payment: { paid: { decimal: '143.95' }, reference: 'UPI123456789012' } });
      }
    });
  });
});
