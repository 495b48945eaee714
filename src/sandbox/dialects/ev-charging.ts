/** Speaks the 1.1.0 dialects, in which updates of a fulfillment's state start and stop charging. */
import { SNAKE_CASE } from '../buyer-app/envelope.js';
import { demoBilling, paidPayment } from '../buyer-app/request-messages.js';
import { isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import * as core from './core-1x.js';
import {
  findUnofferedId,
  quoteValue,
  stepOfAction,
  type Dialect,
  type Offer,
  type RequestDetails,
  type Step,
} from './dialect.js';
import { buildAnswer, buildReport, ENERGY_KWH, fulfillmentId, type Spelling } from './ev-charging-callbacks.js';

const COMMON = {
  start: 'start-charging',
  stop: 'end-charging',
  states: {
    waiting: 'payment-completed',
    charging: 'charging-started',
    stopping: 'end-charging',
    ended: 'charging-ended',
  },
} as const;

const STATE_TARGET = 'order.fulfillments[0].state';

const ACTIONS = {
  search: 'search',
  select: 'select',
  init: 'init',
  confirm: 'confirm',
  start: 'update',
  status: 'status',
  update: 'update',
  track: 'track',
  support: 'support',
  stop: 'update',
  cancel: 'cancel',
  rating: 'rating',
} as const;

function createEvCharging(spelling: Spelling): Dialect {
  const { domain, start, stop } = spelling;
  return {
    envelope: { domain, version: '1.1.0', names: SNAKE_CASE, ackForm: 'ack' },
    specification: 'core 1.x',
    actions: ACTIONS,
    contents: {
      ...core.CONTENTS,
      start: `the state ${start} of a fulfillment`,
      stop: `the state ${stop} of a fulfillment`,
    },
    choice: `the first connector and ${ENERGY_KWH} kWh`,
    terminalAction: 'on_status',
    hasUuidOrders: false,
    errorNames: { code: 'code', message: 'message' },
    buildRequest: (step, details) => buildRequest(step, details, spelling),
    buildAnswer: (step, details) => buildAnswer(step, details, spelling),
    buildReport: (details) => buildReport(details, spelling),
    stepOf: (action, message) => (action === 'update' ? stepOfUpdate(message) : stepOfAction(ACTIONS, action)),
    readOrderId: core.readOrderId,
    findMissingField: (step, message) => findMissingField(step, message, spelling),
    findUnofferedItem,
    findPaymentFault: core.findPaymentFault,
  };
}

const START_STATES: ReadonlySet<string> = new Set(['start-charging', 'charging-in-progress']);
const STOP_STATES: ReadonlySet<string> = new Set(['end-charging', 'stop-charging', 'charging-completed']);

function stateCode(message: Json): string {
  const descriptor = valueAt(message, 'order', 'fulfillments', 0, 'state', 'descriptor');
  return textOf(valueAt(descriptor, 'code')).toLowerCase().replaceAll(/[_ ]/g, '-');
}

/**
 * Returns the step of an update, which is `update` if it names no state. Any state that is not a stop counts as a
 * start, so that a misspelt state is reported as a faulty start.
 */
function stepOfUpdate(message: Json): Step {
  const code = stateCode(message);
  if (STOP_STATES.has(code)) return 'stop';
  return code === '' ? 'update' : 'start';
}

function findMissingField(step: Step, message: Json, { start, stop }: Spelling): string | undefined {
  const code = stateCode(message);
  if (step === 'start' && !START_STATES.has(code))
    return `the state "${code}" cannot be asked for; ${start} starts and ${stop} stops`;
  return core.findMissingField(step, message);
}

function buildRequest(step: Step, { offer, order: quoted, now }: RequestDetails, spelling: Spelling): Json {
  const [connectorId] = offer.connectorIds;
  const orderId = quoted?.orderId ?? '';
  const fulfillment = { id: fulfillmentId(spelling, offer, connectorId), type: 'CHARGING' };
  const measure = { unit: 'kWh', value: ENERGY_KWH };
  const items = [{ id: connectorId, descriptor: { code: 'energy' }, quantity: { selected: { measure } } }];
  const order = { provider: { id: offer.providerId }, items, fulfillments: [fulfillment] };
  const { time: _time, ...billing } = demoBilling(now);
  const updateState = (code: string): Json => ({
    update_target: STATE_TARGET,
    order: { fulfillments: [{ ...fulfillment, state: { descriptor: { code } } }] },
  });
  switch (step) {
    case 'search':
      return { intent: { fulfillment: { type: 'CHARGING' } } };
    case 'select':
      return { order };
    case 'init':
      return { order: { ...order, billing } };
    case 'confirm': {
      const payments = quoted ? [{ ...paidPayment(quoted.amount, quoted.currency, 'pay-1'), collected_by: 'BAP' }] : [];
      return { order: { ...order, billing, payments } };
    }
    case 'start':
      return updateState(spelling.start);
    case 'stop':
      return updateState(spelling.stop);
    case 'update':
      return { update_target: 'order.billing', order: { id: orderId, billing } };
    case 'support':
      return { support: { ref_id: orderId } };
    case 'cancel':
      return { order_id: orderId, cancellation_reason_id: '1', descriptor: { short_desc: 'The plan has changed' } };
    case 'rating':
      return { ratings: [{ id: orderId, rating_category: 'Order', value: '5' }] };
    default:
      return { order_id: orderId };
  }
}

function findUnofferedItem(message: Json, offer: Offer): string | undefined {
  if (!isJson(message.order)) return undefined;
  const { order } = message;
  const fault =
    core.findProviderFault(order, offer.providerId) ??
    findUnofferedId(core.itemIdsIn(order), offer.connectorIds, 'order.items');
  if (fault !== undefined) return fault;
  const fulfillment = valueAt(order, 'fulfillments', 0, 'id');
  const known: readonly unknown[] = [undefined, offer.chargePointId, ...offer.connectorIds];
  return known.includes(fulfillment) ? undefined : `the fulfillment ${quoteValue(fulfillment)} is not in the catalogue`;
}

export const dentEvCharging = createEvCharging({
  ...COMMON,
  domain: 'dent:ev-charging:0.1.0',
  fulfillmentPer: 'connector',
  specificationsName: 'Charging Point',
  endStop: 'end',
});

export const evChargingUei = createEvCharging({
  ...COMMON,
  domain: 'ev-charging:uei',
  fulfillmentPer: 'charge-point',
  specificationsName: 'Charging Point Specifications',
  endStop: 'finish',
});

export const ueiEvCharging = createEvCharging({
  domain: 'uei:ev_charging',
  start: 'CHARGING_IN_PROGRESS',
  stop: 'CHARGING_COMPLETED',
  states: {
    waiting: 'SLOT_BOOKED',
    charging: 'CHARGING_IN_PROGRESS',
    stopping: 'CHARGING_IN_PROGRESS',
    ended: 'CHARGING_COMPLETED',
  },
  fulfillmentPer: 'connector',
  specificationsName: 'Charging Point',
  endStop: 'end',
});
