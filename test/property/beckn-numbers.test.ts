/**
 * A number in a form that the protocol does not define is refused with the rule and, except for a fee, with its field;
 * it is never guessed. The forms that it defines are read.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import type { BecknDialect } from '../../src/beckn/protocol/dialect.js';
import type { JsonObject } from '../../src/beckn/protocol/wire.js';
import type { Json } from '../../src/domain/model/object.js';
import { resolveTerms } from '../../src/domain/pricing/resolve-terms.js';
import { contextOf, PEER, tags } from '../unit/beckn/samples.js';

/** Forms that some software reads as a number but the protocol does not allow. */
const MISSPELT: readonly Json[] = [
  '40,00',
  '0,40',
  '4,5',
  '1,234.50',
  '1e3',
  '1E3',
  ' 40',
  '40 ',
  '\t40',
  '40\n',
  '+40',
  '0x10',
  '0b11',
  '1_000',
  '1 000',
  "1'000",
  '４０',
  '٤٠',
  '४०',
  '40.',
  '40.0.0',
  '--40',
  '−40',
  '40-',
  '4/5',
  '½',
  '1²',
  '(40)',
  'about 40',
  '40 apples',
  '40;00',
  'NaN',
  'Infinity',
  '9'.repeat(40),
  '9'.repeat(16),
  1e300,
  -1e300,
  Number('9007199254740993'),
  1e400,
  ['40'],
  { value: '40' },
  true,
];

/** What a field limits or says. The first four are the kinds of limits. */
type Field = 'energy' | 'amount' | 'time' | 'soc' | 'payment' | 'fee' | 'price';
type Written = { readonly action: string; readonly message: JsonObject; readonly path: string };

const item = { id: 'cp-7-1' };
const option = (code: string, value: Json): JsonObject => tags('selected-charging-option', [code, value]);
const paid = (amount: Json): JsonObject => ({ status: 'PAID', params: { amount, currency: 'INR' } });
const core1xPrice = (value: Json): Written => ({
  action: 'search',
  message: { intent: { item: { price: { maximum_value: value } } } },
  path: 'message.intent.item.price.maximum_value',
});
const core1xPayment = (value: Json): Written => ({
  action: 'confirm',
  message: { order: { items: [item], payments: [paid(value)] } },
  path: 'message.order.payments[0].params.amount',
});
const uei =
  (code: string) =>
  (value: Json): Written => ({
    action: 'select',
    message: { order: { items: [item], tags: [option(code, value)] } },
    path: 'message.order.tags[0].list[0].value',
  });
const ueiFee = (value: Json): Written => {
  const key = '@ondc/org/buyer_app_finder_fee';
  const payments = [{ [`${key}_type`]: 'amount', [`${key}_amount`]: value }];
  return { action: 'init', message: { order: { items: [item], payments } }, path: '' };
};
const evQuantity = (value: Json): Written => ({
  action: 'select',
  message: { order: { items: [{ ...item, quantity: { selected: { measure: { value, unit: 'kWh' } } } }] } },
  path: 'message.order.items[0].quantity.selected.measure',
});
const ubcQuantity = (value: Json): Written => ({
  action: 'select',
  message: {
    order: {
      'beckn:orderItems': [
        { 'beckn:orderedItem': item.id, 'beckn:quantity': { unitQuantity: value, unitCode: 'KWH' } },
      ],
    },
  },
  path: 'message.order.beckn:orderItems[0].beckn:quantity.unitQuantity',
});
const ubcPayment = (value: Json): Written => ({
  action: 'confirm',
  message: {
    order: {
      'beckn:payment': { 'beckn:paymentStatus': 'COMPLETED', 'beckn:amount': { currency: 'INR', value } },
    },
  },
  path: 'message.order.beckn:payment.beckn:amount',
});
const ubcFee = (value: Json): Written => ({
  action: 'init',
  message: { order: { 'beckn:orderAttributes': { buyerFinderFee: { feeType: 'AMOUNT', feeValue: value } } } },
  path: '',
});
const ltsQuantity = (value: Json): Written => ({
  action: 'select',
  message: {
    contract: { commitments: [{ resources: [{ ...item, quantity: { unitQuantity: value, unitCode: 'KWH' } }] }] },
  },
  path: 'message.contract.commitments[0].resources[0].quantity.unitQuantity',
});
const ltsPayment = (value: Json): Written => ({
  action: 'confirm',
  message: { contract: { settlements: [{ status: 'COMPLETE', amount: { currency: 'INR', value } }] } },
  path: 'message.contract.settlements',
});
const ltsFee = (value: Json): Written => ({
  action: 'init',
  message: { contract: { contractAttributes: { buyerFinderFee: { feeType: 'PERCENTAGE', feeValue: value } } } },
  path: '',
});

const UEI: readonly [Field, (value: Json) => Written][] = [
  ['energy', uei('units')],
  ['amount', uei('amount')],
  ['time', uei('time')],
  ['soc', uei('soc')],
  ['payment', core1xPayment],
  ['fee', ueiFee],
  ['price', core1xPrice],
];
const EV: readonly [Field, (value: Json) => Written][] = [
  ['energy', evQuantity],
  ['payment', core1xPayment],
  ['price', core1xPrice],
];
const FIELDS: Readonly<Record<string, readonly [Field, (value: Json) => Written][]>> = {
  ubc: [
    ['energy', ubcQuantity],
    ['payment', ubcPayment],
    ['fee', ubcFee],
  ],
  lts: [
    ['energy', ltsQuantity],
    ['payment', ltsPayment],
    ['fee', ltsFee],
  ],
};
const fieldsOf = ({ name }: BecknDialect): readonly [Field, (value: Json) => Written][] =>
  FIELDS[/^(ubc|lts)/.exec(name)?.[1] ?? ''] ?? (name.startsWith('uei-charging') ? UEI : EV);

/** Whether the dialect counts in Wh and seconds in these tests; the others use kWh and minutes. */
const isSmallUnit = ({ name }: BecknDialect): boolean => name === 'uei-charging-1.0.0';

const CASES = DIALECTS.flatMap((dialect) =>
  fieldsOf(dialect).map(
    ([field, write], index) => [`${dialect.name} ${field} ${index}`, dialect, field, write] as const,
  ),
);

const TARIFF = { id: 't', currency: 'INR', pricePerKwh: 1000, serviceFee: 0, taxes: [] };

/** Reads a message in the dialect. Returns the refusal or the value of the field. */
function outcome(dialect: BecknDialect, field: Field, { action, message }: Written): JsonObject {
  const request = dialect.read(action, contextOf(action), message, PEER) as unknown as JsonObject;
  if ('refusal' in request) return request;
  if (field === 'payment') return { payment: request['payment'] ?? null };
  if (field === 'price') return request['intent'] as JsonObject;
  if (field !== 'fee') return request['limit'] as JsonObject;
  // Dialects do not check the fee. The quote refuses it.
  const terms = (request['terms'] ?? request) as { buyerFinderFee?: never };
  const fee = terms.buyerFinderFee;
  if (typeof fee === 'object' && 'amount' in fee) return { buyerFinderFee: fee };
  return resolveTerms(TARIFF, fee === undefined ? {} : { buyerFinderFee: fee }, 0) as unknown as JsonObject;
}

describe.each(CASES)('%s', (_name, dialect, field, write) => {
  it.each(MISSPELT.map((value) => [JSON.stringify(value), value] as const))('refuses %s', (_text, value) => {
    const written = write(value);
    const { refusal } = outcome(dialect, field, written) as { refusal?: { path?: string; detail?: string } };
    expect(refusal).toBeDefined();
    expect(refusal?.detail).toBeTruthy();
    if (field !== 'fee') expect(refusal?.path).toBe(written.path);
  });

  it('reads every decimal that the protocol allows as what it says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 0, max: 99 }),
        fc.boolean(),
        (whole, cents, asText) => {
          // Wh and seconds have no decimals.
          const isWhole = isSmallUnit(dialect) && (field === 'energy' || field === 'time');
          const hundredths = isWhole ? 100 * (100 * whole + cents) : 100 * whole + cents;
          const [units, rest] = [Math.floor(hundredths / 100), hundredths % 100];
          const text = rest === 0 && (asText || isWhole) ? String(units) : `${units}.${String(rest).padStart(2, '0')}`;
          const { message, action, path } = write(text);
          expect(outcome(dialect, field, { message, action, path })).toMatchObject(
            meaning(dialect, field, { text, hundredths, isPercent: JSON.stringify(message).includes('PERCENTAGE') }),
          );
        },
      ),
    );
  });
});

/** What a number must be read as: Wh, seconds, whole percent, hundredths of a percent, or an amount as written. */
function meaning(
  dialect: BecknDialect,
  field: Field,
  { text, hundredths, isPercent }: { readonly text: string; readonly hundredths: number; readonly isPercent: boolean },
): JsonObject {
  const scale = isSmallUnit(dialect) ? { energy: 1, time: 1 } : { energy: 1000, time: 60 };
  switch (field) {
    case 'energy':
    case 'time':
      return { limit: { kind: field, value: Math.round((hundredths * scale[field]) / 100) } };
    case 'soc':
      return { limit: { kind: 'soc', value: Math.round(hundredths / 100) } };
    case 'amount':
      return { amount: { decimal: text } };
    case 'payment':
      return { payment: { paid: { decimal: text } } };
    case 'price':
      return { maxPrice: { decimal: text } };
    case 'fee':
      return isPercent
        ? { terms: { buyerFinderFee: { kind: 'percent', value: hundredths } } }
        : { buyerFinderFee: { kind: 'amount', amount: { decimal: text } } };
  }
}

describe('what published samples write', () => {
  it.each(CASES)('%s passes', (_name, dialect, field, write) => {
    for (const value of ['100', 100, '123.25'].filter(
      (one) => !/soc|PERCENTAGE/.test(JSON.stringify(write(one))) || Number(one) <= 100,
    )) {
      expect(outcome(dialect, field, write(value))).not.toHaveProperty('refusal');
    }
  });
});
