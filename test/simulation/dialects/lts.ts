/**
 * Beckn 2.0.0 LTS, which has contracts instead of orders. An update of the session's status starts and stops the
 * session.
 */
import { BPP } from '../node/settings.js';
import { at, hundredths, isDict, list, text } from '../runtime/json.js';
import type { BuyerDialect, Envelope, Message, OrderRef, Purchase, StatedOrder } from './buyer-dialect.js';
import { wattHours } from './core-1x.js';
import { asNumber } from './envelope.js';

const NETWORK = 'nfh.global/testnet-evcharging';
const COMMITMENT = 'c-1';
const SESSION = { '@context': 'https://schema.beckn.io/EvChargingSession/1.0', '@type': 'ChargingSession' };

function contractOf({ connector, option, slot }: Purchase, code: 'DRAFT' | 'ACTIVE', orderId?: string): object {
  const iso = (when: number): string => new Date(when).toISOString();
  const person = { id: 'user-7', name: 'A Rider' };
  return {
    ...(orderId !== undefined && { id: orderId }),
    status: { code },
    participants: [
      {
        id: 'user-7',
        descriptor: { name: 'A Rider' },
        participantAttributes: {
          '@context': 'https://schema.beckn.io/Consumer/v2.0/context.jsonld',
          '@type': 'Consumer',
          role: 'buyer',
          person,
        },
      },
    ],
    commitments: [
      {
        id: COMMITMENT,
        status: { descriptor: { code } },
        resources: [{ id: connector.itemId, quantity: { unitCode: 'KWH', unitQuantity: option.value / 1000 } }],
        offer: { id: `t${connector.pricePerKwh}`, resourceIds: [connector.itemId] },
      },
    ],
    ...(slot && {
      contractAttributes: { ...SESSION, preferences: { startTime: iso(slot.from), endTime: iso(slot.until) } },
    }),
  };
}

const about =
  (action: string) =>
  ({ orderId, purchase }: OrderRef): Message => ({
    action,
    message: { contract: contractOf(purchase, 'ACTIVE', orderId) },
  });

const settlement = ({ collector: beneficiary = 'BAP' }: Purchase, status: string, value: unknown): object => ({
  settlements: [
    { id: 'pay-1', considerationId: 'q', status, beneficiary, amount: { currency: 'INR', value }, txnRef: 'T-1' },
  ],
});

const update =
  (sessionStatus: string) =>
  ({ orderId, purchase }: OrderRef): Message => {
    const performanceAttributes = { ...SESSION, sessionStatus };
    const performance = [{ id: 'performance-1', commitmentIds: [COMMITMENT], performanceAttributes }];
    return {
      action: 'update',
      message: { contract: { ...contractOf(purchase, 'ACTIVE', orderId), performance } },
    };
  };

const STATUSES: Readonly<Record<string, StatedOrder['status']>> = {
  DRAFT: 'draft',
  ACTIVE: 'active',
  COMPLETE: 'complete',
  CANCELLED: 'cancelled',
};

function readOrder(message: unknown): StatedOrder | undefined {
  const contract = at(message, 'contract');
  if (!isDict(contract)) return undefined;
  const price = at(contract, 'consideration', 0, 'considerationAttributes');
  const lines = list(at(price, 'breakup'));
  const amountOf = (type: string): number =>
    hundredths(
      at(
        lines.find((one) => at(one, 'type') === type),
        'amount',
      ),
    ) ?? 0;
  const refund = list(at(contract, 'settlements')).find((one) => at(one, 'beneficiary') === 'BUYER');
  const energyText = text(at(lines[0], 'title'));
  const limitWh = wattHours(at(contract, 'commitments', 0, 'resources', 0, 'quantity', 'unitQuantity'));
  return {
    id: text(at(contract, 'id')),
    status: STATUSES[text(at(contract, 'status', 'code'))] ?? 'active',
    quoteId: '',
    total: hundredths(at(price, 'totalAmount')) ?? NaN,
    lines: { energy: amountOf('BASE_PRICE'), tax: amountOf('TAX'), fee: amountOf('FEE') },
    refund: hundredths(at(refund, 'amount', 'value')) ?? 0,
    pricePerKwh: hundredths(/ at INR ([\d.]+)\/kWh/.exec(energyText)?.[1]),
    deliveredWh: wattHours(at(contract, 'performance', 0, 'performanceAttributes', 'meteredEnergyKWh')),
    limit: limitWh === undefined ? undefined : { kind: 'energy', value: limitWh },
  };
}

function context({ action, bapId, bapUri, transactionId, messageId, timestamp }: Envelope): object {
  return {
    networkId: NETWORK,
    version: '2.0.0',
    action,
    bapId,
    bapUri,
    bppId: BPP.id,
    bppUri: BPP.uri,
    transactionId,
    messageId,
    timestamp,
    ttl: 'PT10M',
  };
}

export const lts: BuyerDialect = {
  name: 'lts-2.0.0',
  options: ['energy'],
  statesIdAtInit: true,
  requests: {
    search: () => ({ action: 'discover', message: { intent: { textSearch: 'st-1' } } }),
    select: (purchase) => ({ action: 'select', message: { contract: contractOf(purchase, 'DRAFT') } }),
    init: (purchase) => ({
      action: 'init',
      message: { contract: { ...contractOf(purchase, 'DRAFT'), ...settlement(purchase, 'DRAFT', 100) } },
    }),
    confirm: ({ orderId, purchase }, amount) => ({
      action: 'confirm',
      message: {
        contract: { ...contractOf(purchase, 'ACTIVE', orderId), ...settlement(purchase, 'COMPLETE', asNumber(amount)) },
      },
    }),
    start: update('PENDING'),
    stop: update('STOP'),
    cancel: about('cancel'),
    status: about('status'),
    track: (order) => ({
      action: 'track',
      message: { tracking: { ...about('track')(order).message, url: 'https://bap.example/none', status: 'ACTIVE' } },
    }),
    support: (orderId) => ({
      action: 'support',
      message: { support: { orderId, descriptor: { name: 'Cable stuck' } } },
    }),
    rate: ({ orderId, purchase }) => ({
      action: 'rate',
      message: {
        ratingInputs: [{ target: { id: orderId ?? purchase.connector.itemId }, range: { min: 1, max: 5, value: 4 } }],
      },
    }),
  },
  context,
  speaks: (wire) => at(wire, 'networkId') === NETWORK,
  readOrder,
  readPhone: (message) => text(at(message, 'support', 'channels', 0, 'telephone')),
  terminalAction: ({ state, outcome }) =>
    state === 'cancelled' && outcome !== 'cancelled-by-buyer' ? 'on_cancel' : 'on_status',
};
