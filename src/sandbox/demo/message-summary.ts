/** Summarises a message in a few words for people. */
import { readConnectors, tagValues } from '../buyer-app/catalogue-reading.js';
import { asList, textOf, valueAt } from '../runtime/json.js';
import type { WireMessage } from './message-log.js';
import { priceText } from '../runtime/price-text.js';

/**
 * @param currency Of the network, for amounts that a message states without it.
 * @returns `undefined` for an answer without news, such as an ACK or a CALLRESULT without a status.
 */
export function summarise(message: WireMessage, currency: string): string | undefined {
  const body: unknown = JSON.parse(message.text);
  if (message.wire === 'beckn') return summariseBeckn(message, body, currency);
  return message.answer ? summariseOcppAnswer(message.action, body) : summariseOcppCall(message.action, body);
}

function summariseBeckn({ action, answer }: WireMessage, body: unknown, currency: string): string | undefined {
  const error = valueAt(body, 'error');
  if (error !== undefined || valueAt(body, 'message', 'ack', 'status') === 'NACK')
    return `Refused: ${textOf(valueAt(error, 'code'))} ${textOf(valueAt(error, 'message'))}`;
  return answer ? undefined : summariseAction(action, valueAt(body, 'message'), currency);
}

function summariseAction(action: string, message: unknown, currency: string): string {
  const order = valueAt(message, 'order');
  const price = moneyAt(order, ['quote', 'price'], 'value');
  switch (action) {
    case 'search':
      return 'Where can I charge near me?';
    case 'on_search':
      return summariseCatalogue(valueAt(message, 'catalog'));
    case 'select':
      return `What does ${summariseOption(order, currency)} at ${textOf(valueAt(order, 'items', 2, 'id'))} cost?`;
    case 'on_select':
      return `At most ${price}: ${summariseBreakup(order)}`;
    case 'init':
      return `Bill it to ${textOf(valueAt(order, 'billing', 'name'))}`;
    case 'on_init':
      return `Pay ${price} in advance; the unused part is refunded`;
    case 'confirm':
      return `Paid ${moneyAt(order, ['payments', 0, 'params'], 'amount')}; please start`;
    case 'on_confirm':
      return `Order ${textOf(valueAt(order, 'id'))} is confirmed, connector ${connectorStatus(order)}`;
    case 'status':
      return 'How is the session going?';
    case 'update':
      return `Change the limit to ${summariseOption(order, currency)}`;
    case 'cancel':
      return valueAt(message, 'descriptor', 'code') === 'stop-charging' ? 'Stop charging' : 'Cancel the order';
    default:
      return order === undefined ? '' : summariseSession(order);
  }
}

function moneyAt(order: unknown, path: readonly (string | number)[], field: string): string {
  const [currency, amount] = ['currency', field].map((name) => textOf(valueAt(order, ...path, name)));
  return priceText(currency ?? '', amount ?? '');
}

function summariseCatalogue(catalogue: unknown): string {
  const connectors = readConnectors(catalogue);
  const stationCount = new Set(connectors.map(({ stationId }) => stationId)).size;
  const offers = connectors.map(({ standard, power, price }) => `${standard} ${power} ${price}`);
  return `${connectors.length} connectors at ${stationCount} stations: ${offers.join(', ')}`;
}

function summariseOption(order: unknown, currency: string): string {
  const [[code, value] = ['', '']] = tagValues(order, 'selected-charging-option');
  if (code.toLowerCase() === 'amount') return `${priceText(currency, value)} of charging`;
  return `${value} ${{ units: 'Wh', time: 's', soc: '%' }[code.toLowerCase()] ?? code}`;
}

/** Lists the lines of a quote, except for the total at the end. */
function summariseBreakup(order: unknown): string {
  return asList(valueAt(order, 'quote', 'breakup'))
    .slice(0, -1)
    .map((line) => `${textOf(valueAt(line, 'title'))} ${textOf(valueAt(line, 'price', 'value'))}`)
    .join(' + ');
}

/** Returns the connector's status in an order, or `?` if it has none. */
export function connectorStatus(order: unknown): string {
  return tagValues(valueAt(order, 'items', -1), 'connector-status').get('status') ?? '?';
}

function summariseSession(order: unknown): string {
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
