/** The parts of a contract as a buyer app writes them. What it says that they cost is never looked at: ours counts. */
import type { ItemRefs, LimitRead, PaymentWish, SlotRead } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/order.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, id, list, text } from '../../protocol/json-reading.js';
import { minor } from '../core-2x/figures.js';
import { defined } from '../core-2x/json-ld.js';
import type { PaymentRead } from '../ubc/read-order.js';
import {
  CURRENCY,
  feeOf,
  filled,
  readAccounts,
  readCollector,
  readEmail,
  readEnergy,
  readFee,
  readSlot,
  readWish,
} from '../core-2x/read-values.js';

export const CONTRACT = 'message.contract';
export const QUANTITY = `${CONTRACT}.commitments[0].resources[0].quantity`;
const MAX_ITEMS = 20;

export interface ContractParts {
  readonly items?: ItemRefs;
  readonly limit?: LimitRead;
  readonly slot?: SlotRead;
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly wish?: PaymentWish;
  readonly echo?: Json;
}

export function readContract(contract: unknown): ContractParts {
  const items = readItems(contract);
  const limit = readEnergy(at(firstResource(contract), 'quantity'), QUANTITY);
  const preferences = at(contract, 'contractAttributes', 'preferences');
  const slot = readSlot(preferences, `${CONTRACT}.contractAttributes.preferences`);
  const finderFee = readFee(at(contract, 'contractAttributes', 'buyerFinderFee'));
  const buyerFinderFee = feeOf(finderFee);
  const collectedBy = readCollector(at(settlementOf(contract), 'beneficiary'));
  const echo = defined({
    item: id(at(firstResource(contract), 'id')),
    commitment: id(at(list(at(contract, 'commitments'))[0], 'id')),
    buyer: readBuyer(contract),
    finderFee,
    wish: readWish(preferences),
    payment: readTerms(settlementOf(contract)),
  });
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(collectedBy && { wish: { collectedBy } }),
    ...(Object.keys(echo).length > 0 && { echo }),
  };
}

/** `undefined` when none is named; of several commitments each may name some. */
function readItems(contract: unknown): ItemRefs | undefined {
  const itemIds = list(at(contract, 'commitments'))
    .slice(0, MAX_ITEMS)
    .flatMap((commitment, c) =>
      list(at(commitment, 'resources'))
        .slice(0, MAX_ITEMS)
        .flatMap((resource, r) => {
          const found = id(at(resource, 'id'));
          const path = `${CONTRACT}.commitments[${c}].resources[${r}].id`;
          return found === undefined ? [] : [{ id: found, path }];
        }),
    )
    .slice(0, MAX_ITEMS);
  return itemIds.length > 0 ? { itemIds } : undefined;
}

function firstResource(contract: unknown): unknown {
  return list(at(list(at(contract, 'commitments'))[0], 'resources'))[0];
}

/** The one that pays: what goes back to the buyer is told by us alone. */
function settlementOf(contract: unknown): unknown {
  return list(at(contract, 'settlements')).find((one) => codeOf(at(one, 'beneficiary')) !== 'buyer');
}

const PAID: ReadonlySet<string> = new Set(['COMPLETE', 'COMMITTED']);

/**
 * What the confirm says was paid. A settlement that names no amount discharges the whole of what it belongs to.
 * @errors `payment-missing` when it calls itself paid and nothing says how much.
 */
export function readPayment(contract: unknown): PaymentRead {
  const said = settlementOf(contract);
  const status = text(at(said, 'status'))?.toUpperCase();
  if (status === undefined) return { payment: 'unstated' };
  if (!PAID.has(status)) return { payment: 'unpaid' };
  const owed = at(considerationOf(contract, said), 'considerationAttributes');
  const currency = (text(at(said, 'amount', 'currency')) ?? text(at(owed, 'currency')))?.toUpperCase();
  const paid = minor(at(said, 'amount', 'value') ?? at(owed, 'totalAmount'), currency ?? CURRENCY);
  if (paid === undefined) {
    const detail = `the ${status} settlement names no amount`;
    return { refusal: { code: 'payment-missing', path: `${CONTRACT}.settlements`, detail } };
  }
  const reference = text(at(said, 'settlementAttributes', 'upiTransactionId')) ?? text(at(said, 'txnRef'));
  return {
    payment: { paid, ...(reference !== undefined && { reference }) },
    ...(currency !== undefined && { currency }),
  };
}

function considerationOf(contract: unknown, settlement: unknown): unknown {
  const all = list(at(contract, 'consideration'));
  const named = id(at(settlement, 'considerationId'));
  return named === undefined ? all[0] : all.find((one) => at(one, 'id') === named);
}

/** The participant that buys, by its type or its role. */
function readBuyer(contract: unknown): JsonObject | undefined {
  const buyer = list(at(contract, 'participants')).find((one) => {
    const { type, role } = {
      type: codeOf(at(one, 'participantAttributes', '@type')),
      role: codeOf(at(one, 'participantAttributes', 'role')),
    };
    return type === 'consumer' || type === 'buyer' || role === 'buyer';
  });
  const person = at(buyer, 'participantAttributes', 'person');
  return filled({
    id: id(at(buyer, 'id')) ?? id(at(person, 'id')),
    name: text(at(person, 'name')) ?? text(at(buyer, 'descriptor', 'name')),
    phone: text(at(person, 'telephone')),
    email: readEmail(at(person, 'email')),
  });
}

function readTerms(settlement: unknown): JsonObject | undefined {
  const bag = at(settlement, 'settlementAttributes');
  return filled({
    id: id(at(settlement, 'id')),
    beneficiary: readCollector(at(settlement, 'beneficiary')),
    txnRef: text(at(settlement, 'txnRef')),
    upiTransactionId: text(at(bag, 'upiTransactionId')),
    accounts: readAccounts(at(bag, 'settlementAccounts')),
  });
}
