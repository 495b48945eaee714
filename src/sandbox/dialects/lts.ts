/** Speaks Beckn 2.0.0 LTS: contracts replace orders, and updates of the session status start and stop charging. */
import { CAMEL_CASE } from '../buyer-app/envelope.js';
import { asList, isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import * as core from './core-2x.js';
import {
  findUnofferedId,
  quoteValue,
  stepOfAction,
  type Dialect,
  type Offer,
  type QuotedOrder,
  type RequestDetails,
  type Step,
} from './dialect.js';
import { buildAnswer, buildReport, SCHEMAS } from './lts-callbacks.js';

const ACTIONS = { ...core.ACTIONS, rating: 'rate' } as const;

const SESSION_STATUS_PATH = 'contract.performance[0].performanceAttributes.sessionStatus';

export const lts: Dialect = {
  envelope: { domain: 'nfh.global/testnet-evcharging', version: '2.0.0', names: CAMEL_CASE, ackForm: 'status' },
  specification: 'Beckn 2.0.0 LTS',
  actions: ACTIONS,
  contents: {
    search: 'an intent',
    select: 'a contract with a resource and its quantity',
    init: 'a contract with commitments',
    confirm: 'a contract with its id',
    start: 'the sessionStatus PENDING',
    status: 'a contract with its id',
    track: 'the tracking of a contract with its id',
    support: 'a support object with an orderId',
    stop: 'the sessionStatus STOP',
    cancel: 'a contract with its id',
    rating: 'ratingInputs',
  },
  choice: `the first connector and ${core.ENERGY_KWH} kWh`,
  terminalAction: 'on_status',
  hasUuidOrders: true,
  errorNames: { code: 'errorCode', message: 'errorMessage' },
  buildRequest,
  buildAnswer,
  buildReport,
  stepOf: (action, message) =>
    action === 'update' ? core.stepOfSessionStatus(sessionStatusIn(message)) : stepOfAction(ACTIONS, action),
  readOrderId: (message) =>
    textOf(valueAt(message, 'contract', 'id')) ||
    textOf(valueAt(message, 'tracking', 'contract', 'id')) ||
    textOf(valueAt(message, 'support', 'orderId')) ||
    textOf(valueAt(message, 'ratingInputs', 0, 'target', 'id')),
  findMissingField,
  findUnofferedItem,
  findPaymentFault,
  asksProviderToCollect: (message) => valueAt(payingSettlement(message), 'beneficiary') === 'BPP',
};

const sessionStatusIn = (message: Json): unknown =>
  valueAt(message, 'contract', 'performance', 0, 'performanceAttributes', 'sessionStatus');

/** Returns the settlement that pays the provider. One in favour of the buyer is a refund. */
const payingSettlement = (message: Json): unknown =>
  asList(valueAt(message, 'contract', 'settlements')).find((one) => valueAt(one, 'beneficiary') !== 'BUYER');

const CONSUMER = {
  id: 'driver-1',
  descriptor: { name: 'Sandbox Driver' },
  participantAttributes: {
    '@context': `${SCHEMAS}/Consumer/v2.0/context.jsonld`,
    '@type': 'Consumer',
    role: 'buyer',
    person: { id: 'driver-1', name: 'Sandbox Driver', telephone: '+910000000000', email: 'driver@sandbox.example' },
  },
};

function settlementsOf(quoted: QuotedOrder | undefined, status: 'DRAFT' | 'COMPLETE'): Json {
  if (!quoted) return {};
  const amount = { currency: quoted.currency, value: Number(quoted.amount) };
  const considerationId = `consideration-${quoted.orderId}`;
  return { settlements: [{ id: 'pay-1', considerationId, status, beneficiary: 'BAP', amount }] };
}

function commitment({ connectorIds: [connectorId] }: Offer, code: string): Json {
  return {
    id: 'commitment-1',
    status: { descriptor: { code } },
    resources: [{ id: connectorId, quantity: core.energyQuantity(core.ENERGY_KWH) }],
    offer: { id: core.TARIFF_ID, resourceIds: [connectorId] },
  };
}

function buildRequest(step: Step, { offer, order: quoted }: RequestDetails): Json {
  const id = quoted?.orderId ?? '';
  const commitmentsIn = (code: string): Json[] => [commitment(offer, code)];
  const contract = (code: 'DRAFT' | 'ACTIVE', fields: Json = {}): Json => ({
    contract: { status: { code }, participants: [CONSUMER], commitments: commitmentsIn(code), ...fields },
  });
  const setSession = (sessionStatus: string): Json => {
    const session = { '@context': `${SCHEMAS}/EvChargingSession/1.0`, '@type': 'ChargingSession', sessionStatus };
    const performance = [{ id: 'performance-1', commitmentIds: ['commitment-1'], performanceAttributes: session }];
    return contract('ACTIVE', { id, performance });
  };
  switch (step) {
    case 'search':
      return { intent: {} };
    case 'select':
      return contract('DRAFT');
    case 'init':
      return contract('DRAFT', settlementsOf(quoted, 'DRAFT'));
    case 'confirm':
      return contract('ACTIVE', { id, ...settlementsOf(quoted, 'COMPLETE') });
    case 'start':
      return setSession('PENDING');
    case 'stop':
      return setSession('STOP');
    case 'track':
      return { tracking: { contract: { id, commitments: commitmentsIn('ACTIVE') } } };
    case 'support':
      return { support: { orderId: id, descriptor: { name: 'A question' } } };
    case 'rating':
      return { ratingInputs: [{ target: { id }, range: { min: 1, max: 5, value: 5 } }] };
    default:
      return { contract: { id, commitments: commitmentsIn('ACTIVE') } };
  }
}

function findMissingField(step: Step, message: Json): string | undefined {
  const { contract } = message;
  switch (step) {
    case 'search':
      return core.findDiscoverFault(message, 'intent');
    case 'support':
      return textOf(valueAt(message, 'support', 'orderId')) ? undefined : 'support.orderId is missing';
    case 'rating':
      return Array.isArray(message.ratingInputs) ? undefined : 'message.ratingInputs is not a list';
    case 'track':
      return textOf(valueAt(message, 'tracking', 'contract', 'id')) ? undefined : 'tracking.contract.id is missing';
    default:
      return isJson(contract) ? findMissingInContract(step, contract, message) : 'message.contract is missing';
  }
}

function findMissingInContract(step: Step, contract: Json, message: Json): string | undefined {
  switch (step) {
    case 'select': {
      const quantity = valueAt(contract, 'commitments', 0, 'resources', 0, 'quantity', 'unitQuantity');
      if (typeof quantity === 'number') return undefined;
      return `commitments[0].resources[0].quantity.unitQuantity is ${quoteValue(quantity)}, not a number`;
    }
    case 'init':
      return asList(contract.commitments).length > 0 ? undefined : 'contract.commitments is empty';
    case 'start':
    case 'stop':
      return core.findSessionStatusFault(sessionStatusIn(message), SESSION_STATUS_PATH);
    default:
      return textOf(contract.id) ? undefined : 'contract.id is missing';
  }
}

function findUnofferedItem(message: Json, offer: Offer): string | undefined {
  if (!isJson(message.contract)) return undefined;
  const resources = asList(message.contract.commitments).flatMap((one) => asList(valueAt(one, 'resources')));
  const ids = resources.map((resource) => valueAt(resource, 'id'));
  return findUnofferedId(ids, offer.connectorIds, 'contract.commitments[].resources');
}

const PAID: ReadonlySet<string> = new Set(['COMPLETE', 'COMMITTED']);

/** Compares the settlement of a confirm with the quote. A settlement without an amount pays the whole consideration. */
function findPaymentFault(message: Json, quote: QuotedOrder | undefined): string | undefined {
  const settlement = payingSettlement(message);
  // The provider knows what it has collected itself.
  if (valueAt(settlement, 'beneficiary') === 'BPP') return undefined;
  if (!isJson(settlement)) return 'contract.settlements is missing';
  if (!PAID.has(textOf(settlement.status)))
    return `settlements[0].status is ${quoteValue(settlement.status)}, not "COMPLETE"`;
  if (settlement.amount === undefined) return undefined;
  const stated = { value: valueAt(settlement, 'amount', 'value'), currency: valueAt(settlement, 'amount', 'currency') };
  return core.findAmountFault(stated, quote, 'settlements[0].amount');
}
