/** What a message says, in a few words for people. */
import { readConnectors, tagValues } from '../buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf } from '../runtime/json.js';
import type { WireMessage } from './message-log.js';

/** @returns Nothing for a plain yes: an ACK, an empty answer. */
export function summarise(message: WireMessage): string | undefined {
  const body: unknown = JSON.parse(message.text);
  return message.wire === 'beckn' ? summariseBeckn(message, body) : summariseOcpp(message, body);
}

function summariseBeckn({ action, answer }: WireMessage, body: unknown): string | undefined {
  const error = valueAt(body, 'error');
  if (answer || error !== undefined) {
    const refused = error !== undefined || valueAt(body, 'message', 'ack', 'status') === 'NACK';
    return refused ? `refused: ${textOf(valueAt(error, 'code'))} ${textOf(valueAt(error, 'message'))}` : undefined;
  }
  const message = valueAt(body, 'message');
  const order = valueAt(message, 'order');
  const price = `₹${textOf(valueAt(order, 'quote', 'price', 'value'))}`;
  switch (action) {
    case 'search':
      return 'where can I charge near me?';
    case 'on_search':
      return summariseCatalogue(valueAt(message, 'catalog'));
    case 'select':
      return `${summariseOption(order)} at ${textOf(valueAt(order, 'items', 2, 'id'))}: what does it cost?`;
    case 'on_select':
      return `at most ${price}: ${summariseBreakup(order)}`;
    case 'init':
      return `${textOf(valueAt(order, 'billing', 'name'))} wants to order that`;
    case 'on_init':
      return `pay ${price} first; what is not used comes back`;
    case 'confirm':
      return `paid ₹${textOf(valueAt(order, 'payments', 0, 'params', 'amount'))}, please start`;
    case 'on_confirm':
      return `order ${textOf(valueAt(order, 'id'))}, connector ${connectorStatus(order)}`;
    case 'status':
      return 'how far is it?';
    case 'update':
      return `${summariseOption(order)} instead`;
    case 'cancel':
      return valueAt(message, 'descriptor', 'code') === 'stop-charging' ? 'stop charging, please' : 'cancel it, please';
    default:
      return order === undefined ? '' : summariseSession(order);
  }
}

function summariseCatalogue(catalogue: unknown): string {
  const connectors = readConnectors(catalogue);
  const stations = new Set(connectors.map((one) => one.stationId)).size;
  const kinds = connectors.map((one) => `${one.standard} ${one.power} ${one.price}`);
  return `${connectors.length} connectors at ${stations} stations: ${kinds.join(', ')}`;
}

function summariseOption(order: unknown): string {
  const [[code, value] = ['', '']] = tagValues(order, 'selected-charging-option');
  if (code.toLowerCase() === 'amount') return `₹${value} of charging`;
  return `${value} ${{ units: 'Wh', time: 's', soc: '%' }[code.toLowerCase()] ?? code}`;
}

function summariseBreakup(order: unknown): string {
  return asList(valueAt(order, 'quote', 'breakup'))
    .slice(0, -1)
    .map((row) => `${textOf(valueAt(row, 'title'))} ${textOf(valueAt(row, 'price', 'value'))}`)
    .join(' + ');
}

/** The connector's state as the order tells it. */
export function connectorStatus(order: unknown): string {
  return tagValues(valueAt(order, 'items', -1), 'connector-status').get('status') ?? '?';
}

function summariseSession(order: unknown): string {
  const details = tagValues(order, 'charging-session-details');
  const said = ['energy_delivered', 'current_soc', 'last_calculated_cost'].flatMap((code) => details.get(code) ?? []);
  const ended = tagValues(order, 'order-outcome').get('reason');
  const status = textOf(valueAt(order, 'status'));
  return [`${status}, ${connectorStatus(order)}`, ...said, ...(ended ? [ended] : [])].join(', ');
}

function summariseOcpp({ action, answer }: WireMessage, body: unknown): string | undefined {
  const payload = valueAt(body, answer ? 2 : 3);
  if (valueAt(body, 0) === 4) return `error: ${textOf(valueAt(body, 2))} ${textOf(valueAt(body, 3))}`;
  const said = (key: string): string => String(valueAt(payload, key) ?? '');
  if (answer) {
    if (action === 'TransactionEvent') return undefined;
    if (action === 'StartTransaction') return `transaction ${said('transactionId')}`;
    return valueAt(payload, 'status') === undefined ? undefined : said('status');
  }
  switch (action) {
    case 'BootNotification':
      return `${said('chargePointVendor') || textOf(valueAt(payload, 'chargingStation', 'vendorName'))} ${said('chargePointModel') || textOf(valueAt(payload, 'chargingStation', 'model'))} is here`;
    case 'StatusNotification':
      return `connector ${said('evseId') || said('connectorId')} ${said('connectorStatus') || said('status')}`;
    case 'RemoteStartTransaction':
      return `connector ${said('connectorId')} for tag ${said('idTag')}`;
    case 'StartTransaction':
      return `tag ${said('idTag')} at ${said('meterStart')} Wh`;
    case 'RequestStartTransaction':
      return `EVSE ${said('evseId')} for tag ${textOf(valueAt(payload, 'idToken', 'idToken'))}`;
    case 'TransactionEvent':
      return `${said('eventType')}, ${said('triggerReason')}`;
    case 'RequestStopTransaction':
    case 'RemoteStopTransaction':
      return `transaction ${said('transactionId')}`;
    case 'StopTransaction':
      return `at ${said('meterStop')} Wh, reason ${said('reason')}`;
    case 'ChangeConfiguration':
      return `${said('key')} = ${said('value')}`;
    case 'TriggerMessage':
      return said('requestedMessage');
    default:
      return '';
  }
}
