/** Summarises a message in a few words for people. */
import { errorText, readAcknowledgement } from '../buyer-app/envelope.js';
import { readConnectors, tagValues } from '../buyer-app/catalogue-reading.js';
import { asList, textOf, valueAt } from '../runtime/json.js';
import type { WireMessage } from './message-log.js';
import {
  countConnectors,
  energyOf,
  itemIdOf,
  orderIdOf,
  orderIn,
  paymentOf,
  priceOf,
  progressOf,
  stepOf,
} from './order-facts.js';
import { priceText } from '../runtime/price-text.js';

/**
 * @param currency The network's currency, for amounts that a message states without one.
 * @returns `undefined` for an answer without news, such as an ACK or a CALLRESULT without a status.
 */
export function summarise(message: WireMessage, currency: string): string | undefined {
  const body: unknown = JSON.parse(message.text);
  if (message.wire === 'beckn') return summariseBeckn(message, body, currency);
  return message.answer ? summariseOcppAnswer(message.action, body) : summariseOcppCall(message.action, body);
}

function summariseBeckn({ action, answer }: WireMessage, body: unknown, currency: string): string | undefined {
  const error = valueAt(body, 'error');
  if (error !== undefined || isNack(body))
    return `Refused: ${textOf(valueAt(error, 'code')) || textOf(valueAt(error, 'errorCode'))} ${errorText(error)}`;
  return answer ? undefined : summariseAction(stepOf(action, body) ?? action, valueAt(body, 'message'), currency);
}

const isNack = (body: unknown): boolean =>
  (['ack', 'status'] as const).some((form) => readAcknowledgement(body, form)?.status === 'NACK');

/** @param name The step of a request, which has the same name in every dialect, or the action of a callback. */
function summariseAction(name: string, message: unknown, currency: string): string {
  const order = orderIn(message);
  switch (name) {
    case 'search':
      return 'Where can I charge near me?';
    case 'on_search':
    case 'on_discover':
      return summariseCatalogue(message);
    case 'select':
      return `What does ${summariseOption(order, currency)} at ${itemIdOf(order)} cost?`;
    case 'on_select':
      return `At most ${priceOf(order)}${summariseBreakup(order)}`;
    case 'init':
      return summariseInit(order);
    case 'on_init':
      return `Pay ${priceOf(order)} in advance; the unused part is refunded`;
    case 'confirm':
      return `Paid ${paymentOf(order)}${isStartedByUpdate(order) ? '' : '; please start'}`;
    case 'on_confirm':
      return `Order ${orderIdOf(order)} is confirmed${describeConnector(order)}`;
    case 'start':
      return 'Start charging';
    case 'stop':
      return 'Stop charging';
    case 'status':
      return 'How is the session going?';
    case 'update':
      return `Change the limit to ${summariseOption(order, currency)}`;
    case 'cancel':
      return valueAt(message, 'descriptor', 'code') === 'stop-charging' ? 'Stop charging' : 'Cancel the order';
    case 'track':
      return 'Where can I follow it?';
    default:
      return order === undefined ? '' : summariseSession(order);
  }
}

function summariseInit(order: unknown): string {
  const name = textOf(valueAt(order, 'billing', 'name'));
  return name === '' ? 'I want this' : `Bill it to ${name}`;
}

/**
 * Checks whether a request after `confirm` starts charging. It does in all dialects except `uei:charging`, the only one
 * with option tags.
 */
const isStartedByUpdate = (order: unknown): boolean => tagValues(order, 'selected-charging-option').size === 0;

function describeConnector(order: unknown): string {
  const status = connectorStatus(order);
  return status === '?' ? '' : `, connector ${status}`;
}

function summariseCatalogue(message: unknown): string {
  const connectors = readConnectors(valueAt(message, 'catalog'));
  if (connectors.length === 0) return `${countConnectors(message)} connectors`;
  const stationCount = new Set(connectors.map(({ stationId }) => stationId)).size;
  const offers = connectors.map(({ standard, power, price }) => `${standard} ${power} ${price}`);
  return `${connectors.length} connectors at ${stationCount} stations: ${offers.join(', ')}`;
}

function summariseOption(order: unknown, currency: string): string {
  const [[code, value] = ['', '']] = tagValues(order, 'selected-charging-option');
  if (code === '') return energyOf(order) || 'charging';
  if (code.toLowerCase() === 'amount') return `${priceText(currency, value)} of charging`;
  if (/[a-z]/i.test(value)) return value;
  return `${value} ${{ units: 'Wh', time: 's', soc: '%' }[code.toLowerCase()] ?? code}`;
}

/** Lists the lines of a quote, except for its total. */
function summariseBreakup(order: unknown): string {
  const lines = asList(valueAt(order, 'quote', 'breakup'))
    .filter((line) => valueAt(line, 'title') !== 'Total')
    .map((line) => `${textOf(valueAt(line, 'title'))} ${textOf(valueAt(line, 'price', 'value'))}`)
    .join(' + ');
  return lines === '' ? '' : `: ${lines}`;
}

/** Returns the connector's status in an order, or `?` if it has none. */
export function connectorStatus(order: unknown): string {
  return tagValues(valueAt(order, 'items', -1), 'connector-status').get('status') ?? '?';
}

function summariseSession(order: unknown): string {
  if (connectorStatus(order) === '?') return progressOf(order).join(', ');
  const details = tagValues(order, 'charging-session-details');
  const figures = ['energy_delivered', 'current_soc', 'last_calculated_cost'].flatMap(
    (code) => details.get(code) ?? [],
  );
  const reason = tagValues(order, 'order-outcome').get('reason');
  const states = `Order ${textOf(valueAt(order, 'status'))}, connector ${connectorStatus(order)}`;
  return [states, ...figures, ...(reason ? [reason] : [])].join(', ');
}

function summariseOcppAnswer(action: string, body: unknown): string | undefined {
  if (valueAt(body, 0) === 4) return `Error: ${textOf(valueAt(body, 2))} ${textOf(valueAt(body, 3))}`;
  const payload = valueAt(body, 2);
  if (action === 'TransactionEvent') return undefined;
  if (action === 'StartTransaction') return `Transaction ${String(valueAt(payload, 'transactionId'))}`;
  const status = valueAt(payload, 'status');
  return status === undefined ? undefined : String(status);
}

function summariseOcppCall(action: string, body: unknown): string {
  const field = (...path: string[]): string => String(valueAt(valueAt(body, 3), ...path) ?? '');
  switch (action) {
    case 'BootNotification':
      return [
        field('chargePointVendor') || field('chargingStation', 'vendorName'),
        field('chargePointModel') || field('chargingStation', 'model'),
      ].join(' ');
    case 'StatusNotification':
      return `Connector ${field('evseId') || field('connectorId')} is ${field('connectorStatus') || field('status')}`;
    case 'RemoteStartTransaction':
      return `Start connector ${field('connectorId')} for tag ${field('idTag')}`;
    case 'RequestStartTransaction':
      return `Start EVSE ${field('evseId')} for tag ${field('idToken', 'idToken')}`;
    case 'RemoteStopTransaction':
    case 'RequestStopTransaction':
      return `Stop transaction ${field('transactionId')}`;
    case 'StartTransaction':
      return `Tag ${field('idTag')}, meter ${field('meterStart')} Wh`;
    case 'StopTransaction':
      return `Meter ${field('meterStop')} Wh, reason ${field('reason')}`;
    case 'TransactionEvent':
      return `${field('eventType')}, ${field('triggerReason')}`;
    case 'ChangeConfiguration':
      return `${field('key')} = ${field('value')}`;
    case 'TriggerMessage':
      return field('requestedMessage');
    default:
      return '';
  }
}
