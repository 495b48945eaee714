/** Reads the parts of a contract. Prices stated by the buyer app, except its finder fee, do not change ours. */
import type {
  ItemRefs,
  RequestedLimit,
  PaymentPreference,
  RequestedSlot,
  StatedFee,
} from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import {
  NUMBER_RULE,
  valueAt,
  readCode,
  readEmail,
  readId,
  readStatedId,
  readList,
  readText,
} from '../../protocol/json-reading.js';
import { readPaidAmount, severalPaid, type PaymentReading } from '../../protocol/stated-amount.js';
import { readOneEnergy } from '../../protocol/stated-energy.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import {
  readFinderFee,
  omitIfEmpty,
  readAccounts,
  readCollector,
  readEnergy,
  readFeeFields,
  readSlot,
  readRequestedSlot,
} from '../core-2x/read-values.js';

export const CONTRACT_PATH = 'message.contract';
export const QUANTITY_PATH = `${CONTRACT_PATH}.commitments[0].resources[0].quantity`;
const MAX_ITEMS = 20;

export interface ContractParts {
  readonly items?: ItemRefs;
  readonly limit?: RequestedLimit;
  readonly slot?: RequestedSlot;
  readonly buyerFinderFee?: StatedFee;
  readonly paymentPreference?: PaymentPreference;
  readonly passthrough?: Json;
}

export function readContract(contract: unknown): ContractParts {
  const items = readItems(contract);
  const limit = readQuantity(contract);
  const preferences = valueAt(contract, 'contractAttributes', 'preferences');
  const slot = readSlot(preferences, `${CONTRACT_PATH}.contractAttributes.preferences`);
  const finderFee = readFeeFields(valueAt(contract, 'contractAttributes', 'buyerFinderFee'));
  const buyerFinderFee = readFinderFee(
    valueAt(contract, 'contractAttributes', 'buyerFinderFee'),
    `${CONTRACT_PATH}.contractAttributes.buyerFinderFee`,
  );
  const settlement = statedSettlement(contract);
  const collectedBy = readCollector(valueAt(settlement, 'beneficiary'));
  const passthrough = omitUndefined({
    item: readId(valueAt(firstResource(contract), 'id')),
    commitment: readId(valueAt(readList(valueAt(contract, 'commitments'))[0], 'id')),
    buyer: readBuyer(contract),
    finderFee,
    requestedSlot: readRequestedSlot(preferences),
    payment: readPaymentTerms(settlement),
  });
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(collectedBy && { paymentPreference: { collectedBy } }),
    ...(Object.keys(passthrough).length > 0 && { passthrough }),
  };
}

/** Reads the item ids of the resources; `undefined` if no resource states an id. */
function readItems(contract: unknown): ItemRefs | undefined {
  const itemIds = readResources(contract).flatMap(({ resource, path }) => {
    const id = readStatedId(valueAt(resource, 'id'));
    return id === undefined ? [] : [{ id, path: `${path}.id` }];
  });
  return itemIds.length > 0 ? { itemIds } : undefined;
}

export function readQuantity(contract: unknown): RequestedLimit | undefined {
  return readOneEnergy(
    readResources(contract).flatMap(({ resource, path: resourcePath }) => {
      const path = `${resourcePath}.quantity`;
      const limit = readEnergy(valueAt(resource, 'quantity'), path);
      return limit ? [{ itemId: readId(valueAt(resource, 'id')), path, limit }] : [];
    }),
  );
}

/** Lists the resources of all commitments, at most `MAX_ITEMS`. */
function readResources(contract: unknown): { readonly resource: unknown; readonly path: string }[] {
  return readList(valueAt(contract, 'commitments'))
    .slice(0, MAX_ITEMS)
    .flatMap((commitment, c) =>
      readList(valueAt(commitment, 'resources'))
        .slice(0, MAX_ITEMS)
        .map((resource, r) => ({ resource, path: `${CONTRACT_PATH}.commitments[${c}].resources[${r}]` })),
    )
    .slice(0, MAX_ITEMS);
}

function firstResource(contract: unknown): unknown {
  return readList(valueAt(readList(valueAt(contract, 'commitments'))[0], 'resources'))[0];
}

/** Lists the settlements that are payments. Those in favour of the buyer are refunds, which only we state. */
function payingSettlements(contract: unknown): readonly { readonly settlement: unknown; readonly path: string }[] {
  return readList(valueAt(contract, 'settlements')).flatMap((settlement, index) => {
    const isRefund = readCode(valueAt(settlement, 'beneficiary')) === 'buyer';
    return isRefund ? [] : [{ settlement, path: `${CONTRACT_PATH}.settlements[${index}]` }];
  });
}

/** Returns the settlement that is read: the paid one, else the first that states a status, else the first. */
function statedSettlement(contract: unknown): unknown {
  const stated = payingSettlements(contract);
  const read = stated.find(isPaid) ?? stated.find(({ settlement }) => statusOf(settlement) !== undefined) ?? stated[0];
  return read?.settlement;
}

function statusOf(settlement: unknown): string | undefined {
  return readText(valueAt(settlement, 'status'))?.toUpperCase();
}

const PAID_STATUSES: ReadonlySet<string> = new Set(['COMPLETE', 'COMMITTED']);

function isPaid({ settlement }: { readonly settlement: unknown }): boolean {
  return PAID_STATUSES.has(statusOf(settlement) ?? '');
}

/**
 * Reads the payment that a confirm states. A settlement without an amount covers the whole consideration.
 * @errors `payment-missing` if the amount of a paid settlement is missing or unreadable, or if several are paid.
 */
export function readPayment(contract: unknown): PaymentReading {
  const [, second] = payingSettlements(contract).filter(isPaid);
  if (second) return severalPaid(second.path);
  const settlement = statedSettlement(contract);
  const status = statusOf(settlement);
  if (status === undefined) return { payment: 'unstated' };
  if (!PAID_STATUSES.has(status)) return { payment: 'unpaid' };
  const consideration = valueAt(findConsideration(contract, settlement), 'considerationAttributes');
  const path = `${CONTRACT_PATH}.settlements`;
  const currency = readText(valueAt(settlement, 'amount', 'currency')) ?? valueAt(consideration, 'currency');
  const amount = valueAt(settlement, 'amount', 'value') ?? valueAt(consideration, 'totalAmount');
  const paid = readPaidAmount(amount, currency, path);
  if (!paid) {
    const isMissing = amount === undefined;
    const detail = isMissing ? `the ${status} settlement has no amount` : `its amount is unreadable: ${NUMBER_RULE}`;
    return { refusal: { code: 'payment-missing', path, detail } };
  }
  const reference =
    readText(valueAt(settlement, 'settlementAttributes', 'upiTransactionId')) ??
    readText(valueAt(settlement, 'txnRef'));
  return { payment: { paid, ...(reference !== undefined && { reference }) } };
}

function findConsideration(contract: unknown, settlement: unknown): unknown {
  const considerations = readList(valueAt(contract, 'consideration'));
  const id = readStatedId(valueAt(settlement, 'considerationId'));
  return id === undefined ? considerations[0] : considerations.find((candidate) => valueAt(candidate, 'id') === id);
}

/** Reads the buyer: the first participant with the type or role of a buyer. */
function readBuyer(contract: unknown): JsonObject | undefined {
  const buyer = readList(valueAt(contract, 'participants')).find((participant) => {
    const type = readCode(valueAt(participant, 'participantAttributes', '@type'));
    const role = readCode(valueAt(participant, 'participantAttributes', 'role'));
    return type === 'consumer' || type === 'buyer' || role === 'buyer';
  });
  const person = valueAt(buyer, 'participantAttributes', 'person');
  return omitIfEmpty({
    id: readId(valueAt(buyer, 'id')) ?? readId(valueAt(person, 'id')),
    name: readText(valueAt(person, 'name')) ?? readText(valueAt(buyer, 'descriptor', 'name')),
    phone: readText(valueAt(person, 'telephone')),
    email: readEmail(valueAt(person, 'email')),
  });
}

function readPaymentTerms(settlement: unknown): JsonObject | undefined {
  const attributes = valueAt(settlement, 'settlementAttributes');
  return omitIfEmpty({
    id: readId(valueAt(settlement, 'id')),
    beneficiary: readCollector(valueAt(settlement, 'beneficiary')),
    txnRef: readText(valueAt(settlement, 'txnRef')),
    upiTransactionId: readText(valueAt(attributes, 'upiTransactionId')),
    accounts: readAccounts(valueAt(attributes, 'settlementAccounts')),
  });
}
