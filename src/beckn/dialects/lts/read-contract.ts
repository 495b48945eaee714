/** The parts of a contract as a buyer app writes them. What it says that they cost is never looked at: ours counts. */
import type { ItemRefs, RequestedLimit, PaymentPreference, RequestedSlot } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readEmail, readId, readList, readText } from '../../protocol/json-reading.js';
import { toMinor } from '../core-2x/figures.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import type { StatedPayment } from '../ubc/read-order.js';
import {
  CURRENCY,
  toBuyerFinderFee,
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
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly paymentPreference?: PaymentPreference;
  readonly passthrough?: Json;
}

export function readContract(contract: unknown): ContractParts {
  const items = readItems(contract);
  const limit = readEnergy(valueAt(firstResource(contract), 'quantity'), QUANTITY_PATH);
  const preferences = valueAt(contract, 'contractAttributes', 'preferences');
  const slot = readSlot(preferences, `${CONTRACT_PATH}.contractAttributes.preferences`);
  const finderFee = readFeeFields(valueAt(contract, 'contractAttributes', 'buyerFinderFee'));
  const buyerFinderFee = toBuyerFinderFee(finderFee);
  const collectedBy = readCollector(valueAt(findPayingSettlement(contract), 'beneficiary'));
  const echo = omitUndefined({
    item: readId(valueAt(firstResource(contract), 'id')),
    commitment: readId(valueAt(readList(valueAt(contract, 'commitments'))[0], 'id')),
    buyer: readBuyer(contract),
    finderFee,
    wish: readRequestedSlot(preferences),
    payment: readPaymentTerms(findPayingSettlement(contract)),
  });
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(collectedBy && { paymentPreference: { collectedBy } }),
    ...(Object.keys(echo).length > 0 && { passthrough: echo }),
  };
}

/** `undefined` when none is named; of several commitments each may name some. */
function readItems(contract: unknown): ItemRefs | undefined {
  const itemIds = readList(valueAt(contract, 'commitments'))
    .slice(0, MAX_ITEMS)
    .flatMap((commitment, c) =>
      readList(valueAt(commitment, 'resources'))
        .slice(0, MAX_ITEMS)
        .flatMap((resource, r) => {
          const found = readId(valueAt(resource, 'id'));
          const path = `${CONTRACT_PATH}.commitments[${c}].resources[${r}].id`;
          return found === undefined ? [] : [{ id: found, path }];
        }),
    )
    .slice(0, MAX_ITEMS);
  return itemIds.length > 0 ? { itemIds } : undefined;
}

function firstResource(contract: unknown): unknown {
  return readList(valueAt(readList(valueAt(contract, 'commitments'))[0], 'resources'))[0];
}

/** The one that pays: what goes back to the buyer is told by us alone. */
function findPayingSettlement(contract: unknown): unknown {
  return readList(valueAt(contract, 'settlements')).find((one) => readCode(valueAt(one, 'beneficiary')) !== 'buyer');
}

const PAID_STATUSES: ReadonlySet<string> = new Set(['COMPLETE', 'COMMITTED']);

/**
 * What the confirm says was paid. A settlement that names no amount discharges the whole of what it belongs to.
 * @errors `payment-missing` when it calls itself paid and nothing says how much.
 */
export function readPayment(contract: unknown): StatedPayment {
  const said = findPayingSettlement(contract);
  const status = readText(valueAt(said, 'status'))?.toUpperCase();
  if (status === undefined) return { payment: 'unstated' };
  if (!PAID_STATUSES.has(status)) return { payment: 'unpaid' };
  const owed = valueAt(findConsideration(contract, said), 'considerationAttributes');
  const currency = (
    readText(valueAt(said, 'amount', 'currency')) ?? readText(valueAt(owed, 'currency'))
  )?.toUpperCase();
  const paid = toMinor(valueAt(said, 'amount', 'value') ?? valueAt(owed, 'totalAmount'), currency ?? CURRENCY);
  if (paid === undefined) {
    const detail = `the ${status} settlement names no amount`;
    return { refusal: { code: 'payment-missing', path: `${CONTRACT_PATH}.settlements`, detail } };
  }
  const reference =
    readText(valueAt(said, 'settlementAttributes', 'upiTransactionId')) ?? readText(valueAt(said, 'txnRef'));
  return {
    payment: { paid, ...(reference !== undefined && { reference }) },
    ...(currency !== undefined && { currency }),
  };
}

function findConsideration(contract: unknown, settlement: unknown): unknown {
  const all = readList(valueAt(contract, 'consideration'));
  const named = readId(valueAt(settlement, 'considerationId'));
  return named === undefined ? all[0] : all.find((one) => valueAt(one, 'id') === named);
}

/** The participant that buys, by its type or its role. */
function readBuyer(contract: unknown): JsonObject | undefined {
  const buyer = readList(valueAt(contract, 'participants')).find((one) => {
    const { type, role } = {
      type: readCode(valueAt(one, 'participantAttributes', '@type')),
      role: readCode(valueAt(one, 'participantAttributes', 'role')),
    };
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
  const bag = valueAt(settlement, 'settlementAttributes');
  return omitIfEmpty({
    id: readId(valueAt(settlement, 'id')),
    beneficiary: readCollector(valueAt(settlement, 'beneficiary')),
    txnRef: readText(valueAt(settlement, 'txnRef')),
    upiTransactionId: readText(valueAt(bag, 'upiTransactionId')),
    accounts: readAccounts(valueAt(bag, 'settlementAccounts')),
  });
}
