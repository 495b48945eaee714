/**
 * One scenario from search to receipt, played by a buyer app of each dialect and a charger of OCPP 1.6 or 2.0.1: the
 * buyer orders 10 kWh and stops after 6,432 Wh. The bill and the refund must be the same for every combination, and, at
 * a charger of 1.6, the same number of minor units in currencies with no, two and three decimals.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CAMEL_CASE_FIELDS,
  type ContextFieldNames,
  SNAKE_CASE_FIELDS,
} from '../../../src/beckn/protocol/context-names.js';
import { valueAt, readList } from '../../../src/beckn/protocol/json-reading.js';
import type { PeerSettings } from '../../../src/config/config.js';
import { formatMinor } from '../../../src/domain/model/money.js';
import type { Network } from '../../../src/domain/model/network.js';
import { becknCheck } from '../../../src/schema/validators.js';
import { type BridgeHarness, createBridgeHarness } from '../../fakes/bridge-harness.js';
import { settle } from '../../fakes/manual-clock.js';
import { socketEdgeFor } from '../../property/scenario-charger.js';
import { numbered, PEER, UBC_ITEMS } from '../../unit/beckn/samples.js';
import { openPipeline } from './open-pipeline.js';

const TRANSACTION = '5d1f0f6e-0000-4c78-9f56-5a7b9e2b2002';
const CHARGE_POINT = 'CP7';
const FLOWED_WH = 6432;
/** The price of 10 kWh, minor units. */
const QUOTED = 12_420;

const networkIn = (currency: string): Network =>
  JSON.parse(JSON.stringify(numbered(), (key, value: unknown) => (key === 'currency' ? currency : value))) as Network;
const [UBC_ITEM] = UBC_ITEMS;

/** Adapts a golden request of Beckn 2.0 to this scenario. It drops the buyer app's fee, which would change the bill. */
const soldHere = (text: string): string =>
  text
    .replaceAll(/IND\*ACM\*[^"]*/g, UBC_ITEM)
    .replaceAll('"unitQuantity":2.5', '"unitQuantity":10')
    .replaceAll(/"value":60\.13(0+[14])?(?=\D)/g, '"value":124.2')
    .replaceAll(/"buyerFinderFee":\{[^}]*\}/g, '"preferences":null');

/** Converts a request from rupees to another currency. Its only amount is that of the quote. */
const inCurrency = (currency: string, text: string): string =>
  text
    .replaceAll('"INR"', `"${currency}"`)
    .replaceAll('"124.20"', `"${formatMinor(QUOTED, currency)}"`)
    .replaceAll(/:124\.20?(?=\D)/g, `:${formatMinor(QUOTED, currency)}`);

interface Language {
  readonly name: string;
  readonly domain: string;
  readonly version: string;
  readonly family: Parameters<typeof becknCheck>[0];
  /** The folder of the golden requests, and the steps whose names differ. Without `begin`, the confirm starts. */
  readonly folder: string;
  readonly steps: { readonly search: string; readonly init: string; readonly begin?: string; readonly stop: string };
  readonly peer?: Partial<PeerSettings>;
  /** The field names of its contexts; by default those of core 1.x. */
  readonly names?: ContextFieldNames;
  /** Adapts a golden request to this scenario. */
  readonly adapt?: (text: string) => string;
}

const TREE = { search: 'search', init: 'init', stop: 'cancel-stop' };
const ENERGY = { search: 'search', init: 'init', begin: 'update-start', stop: 'update-stop' };
const UEI = { domain: 'uei:charging', version: '1.0.0', family: 'uei-charging-1.0.0', steps: TREE } as const;
const EV = { version: '1.1.0', family: 'ev-charging-1.1.0', steps: ENERGY } as const;

const LANGUAGES: readonly Language[] = [
  {
    ...UEI,
    name: 'A',
    folder: 'uei-charging-pulse',
    peer: { dialect: 'uei-charging-pulse', units: 'kWh', time: 'min', optionCase: 'lower' },
  },
  { ...UEI, name: 'S', folder: 'uei-charging' },
  { ...EV, name: 'B', domain: 'dent:ev-charging:0.1.0', folder: 'dent-ev-charging' },
  { ...EV, name: 'C', domain: 'ev-charging:uei', folder: 'ev-charging-uei' },
  { ...EV, name: 'D', domain: 'uei:ev_charging', folder: 'uei-ev-charging' },
  {
    name: 'U',
    domain: 'beckn.one:deg:ev-charging',
    version: '2.0.0',
    family: 'ubc-2.0.0',
    folder: 'ubc/golden',
    steps: { search: 'discover-near', init: 'init-bap', begin: 'update-start', stop: 'update-stop' },
    adapt: soldHere,
  },
  {
    name: 'L',
    domain: 'nfh.global/testnet-evcharging',
    version: '2.0.0',
    family: 'lts-2.0.0',
    folder: 'lts/golden',
    steps: { search: 'discover-near', init: 'init-bap', begin: 'update-start', stop: 'update-stop' },
    adapt: soldHere,
    names: CAMEL_CASE_FIELDS,
  },
];

function buyerOf(harness: BridgeHarness, language: Language, peer: PeerSettings, currency: string) {
  const door = openPipeline(harness, peer);
  let messages = 0;
  const order = () => harness.store.orderByTransaction('main/bap.example', TRANSACTION);
  return {
    order,
    /** Sends a golden request. @errors Throws if the pipeline does not acknowledge it. */
    async say(step: string): Promise<void> {
      const file = join(import.meta.dirname, language.folder, `${step}.json`);
      const { request } = JSON.parse(readFileSync(file, 'utf8')) as { request: { action: string; message: object } };
      messages += 1;
      const { names = SNAKE_CASE_FIELDS } = language;
      const context = {
        [names.network]: language.domain,
        version: language.version,
        action: request.action,
        location: { city: { code: 'std:080' }, country: { code: 'IND' } },
        [names.bapId]: 'bap.example',
        [names.bapUri]: 'https://bap.example/beckn',
        [names.bppId]: 'bpp',
        [names.bppUri]: 'https://bpp.example',
        [names.transactionId]: TRANSACTION,
        [names.messageId]: `5d1f0f6e-c502-4503-bd75-${String(messages).padStart(12, '0')}`,
        timestamp: new Date(harness.clock.now()).toISOString(),
        ttl: 'PT30S',
      };
      const message = JSON.stringify(request.message).replaceAll('<order>', (await order())?.id ?? '');
      const adapted = inCurrency(currency, language.adapt?.(message) ?? message);
      const rawBody = Buffer.from(`{"context":${JSON.stringify(context)},"message":${adapted}}`);
      const answer = await door.process({ action: request.action, rawBody, headers: {} });
      if (answer.status !== 200) throw new Error(`${step}: ${answer.body}`);
      await settle(20);
    },
  };
}

async function tell(language: Language, version: '1.6' | '2.0.1', currency = 'INR') {
  const peer: PeerSettings = { ...PEER, ...language.peer };
  const edge = socketEdgeFor(version);
  const harness = await createBridgeHarness(networkIn(currency), edge.wiring, { peer });
  const charger = edge.charger(harness, CHARGE_POINT);
  const buyer = buyerOf(harness, language, peer, currency);
  const { messages: wire } = charger;
  const { search, init, begin, stop } = language.steps;

  await charger.connect();
  await charger.send([...wire.boot(), ...wire.cableChanged(false)]);
  await buyer.say(search);
  for (const step of ['select', init, 'confirm']) await buyer.say(step);
  await charger.send(wire.cableChanged(true));
  if (begin !== undefined) {
    expect(charger.commands).toEqual([]);
    await buyer.say(begin);
  }
  await charger.answerCalls();
  await charger.send(wire.transactionStarted(charger.requestedStart() ?? { idTag: '', remoteStartId: 0 }, 1_000_000));
  for (const share of [1, 2, 3]) {
    await harness.clock.advance(120_000);
    await charger.send(wire.meterValues(1_000_000 + Math.floor((FLOWED_WH * share) / 4), 48_000));
  }
  await buyer.say('status');
  await buyer.say(stop);
  await charger.answerCalls();
  await harness.clock.advance(2000);
  await charger.send(wire.transactionEnded(1_000_000 + FLOWED_WH, 'Remote'));
  await charger.send(wire.cableChanged(false));
  await harness.clock.advance(5000);

  const order = await buyer.order();
  const { callbacks } = harness;
  const discrepancies = await harness.discrepancies();
  charger.drop();
  await settle(6);
  await harness.stop();
  return { order, callbacks, discrepancies, commands: charger.commands };
}

const BILL = {
  currency: 'INR',
  lines: [
    { code: 'energy', title: 'Charging Cost', amount: 6432 },
    { code: 'tax', title: 'GST', amount: 1252 },
    { code: 'service-fee', title: 'Service Fee', amount: 525 },
  ],
  total: 8209,
  energyWh: FLOWED_WH,
  deliveredWh: FLOWED_WH,
  overshootWh: 0,
  confidence: 'exact',
  refund: QUOTED - 8209,
};

describe.each(LANGUAGES)('in dialect $name ($domain)', (language) => {
  it.each(['1.6', '2.0.1'] as const)('a charger of OCPP %s gives the same bill', async (version) => {
    const { order, callbacks, discrepancies, commands } = await tell(language, version);
    expect(order).toMatchObject({ state: 'completed', outcome: { code: 'stopped-by-buyer' }, bill: BILL });
    expect(discrepancies).toEqual([]);
    expect(commands).toEqual(['start', 'stop']);
    for (const { action, body } of callbacks)
      expect(becknCheck(language.family, action)?.(body), action).toBeUndefined();
    // The search has found the only free connector, and the final callback contains the bill.
    expect(JSON.stringify(callbacks[0]?.body)).toContain(['U', 'L'].includes(language.name) ? UBC_ITEM : 'cp-7-1');
    const ends = callbacks.filter(({ body }) => finalTotals(body).includes(82.09));
    expect(ends.length).toBeGreaterThan(0);
  });
});

describe.each(['JPY', 'KWD'])('in %s', (currency) => {
  it.each(LANGUAGES)('an order in dialect $name is quoted, paid and billed to the unit', async (language) => {
    const { order, callbacks, discrepancies } = await tell(language, '1.6', currency);
    expect(order).toMatchObject({ state: 'completed', authorised: QUOTED, bill: { ...BILL, currency } });
    expect(order?.payment?.paid ?? QUOTED).toBe(QUOTED);
    expect(discrepancies).toEqual([]);
    const ends = callbacks.filter(({ body }) => finalTotals(body).includes(Number(formatMinor(BILL.total, currency))));
    expect(ends.length).toBeGreaterThan(0);
    expect(JSON.stringify(callbacks)).not.toContain('INR');
  });
});

/**
 * Returns the totals and the lines of the breakup, in major units, that a callback states for a completed order; `NaN`
 * for a missing one. Empty if the order is not completed.
 */
function finalTotals(body: unknown): number[] {
  const order = valueAt(body, 'message', 'order') ?? valueAt(body, 'message', 'contract');
  const words = [valueAt(order, 'status'), valueAt(order, 'beckn:orderStatus'), valueAt(order, 'status', 'code')];
  const ended = words.some((word) => /^COMPLETE/.test(String(word)));
  const owed = valueAt(readList(valueAt(order, 'consideration'))[0], 'considerationAttributes', 'totalAmount');
  const totals = [valueAt(order, 'quote', 'price', 'value'), valueAt(order, 'beckn:orderValue', 'value'), owed];
  const lines = readList(valueAt(order, 'quote', 'breakup')).map((line) => valueAt(line, 'price', 'value'));
  return ended ? [...totals, ...lines].map(Number) : [];
}
