/** What a message says, in a few words for people. */
import { at, connectorsOf, list, tagValues } from '../buyer-app/catalogue-reading.js';
import { textOf } from '../buyer-app/buyer-options.js';
import type { WireMessage } from './message-log.js';

/** @returns Nothing for a plain yes: an ACK, an empty answer. */
export function gist(message: WireMessage): string | undefined {
  const body: unknown = JSON.parse(message.text);
  return message.wire === 'beckn' ? becknGist(message, body) : ocppGist(message, body);
}

function becknGist({ action, answer }: WireMessage, body: unknown): string | undefined {
  const error = at(body, 'error');
  if (answer || error !== undefined) {
    const refused = error !== undefined || at(body, 'message', 'ack', 'status') === 'NACK';
    return refused ? `refused: ${textOf(at(error, 'code'))} ${textOf(at(error, 'message'))}` : undefined;
  }
  const message = at(body, 'message');
  const order = at(message, 'order');
  const price = `₹${textOf(at(order, 'quote', 'price', 'value'))}`;
  switch (action) {
    case 'search':
      return 'where can I charge near me?';
    case 'on_search':
      return offered(at(message, 'catalog'));
    case 'select':
      return `${optionOf(order)} at ${textOf(at(order, 'items', 2, 'id'))}: what does it cost?`;
    case 'on_select':
      return `at most ${price}: ${rows(order)}`;
    case 'init':
      return `${textOf(at(order, 'billing', 'name'))} wants to order that`;
    case 'on_init':
      return `pay ${price} first; what is not used comes back`;
    case 'confirm':
      return `paid ₹${textOf(at(order, 'payments', 0, 'params', 'amount'))}, please start`;
    case 'on_confirm':
      return `order ${textOf(at(order, 'id'))}, connector ${connectorStatus(order)}`;
    case 'status':
      return 'how far is it?';
    case 'update':
      return `${optionOf(order)} instead`;
    case 'cancel':
      return at(message, 'descriptor', 'code') === 'stop-charging' ? 'stop charging, please' : 'cancel it, please';
    default:
      return order === undefined ? '' : progress(order);
  }
}

function offered(catalogue: unknown): string {
  const connectors = connectorsOf(catalogue);
  const stations = new Set(connectors.map((one) => one.stationId)).size;
  const kinds = connectors.map((one) => `${one.standard} ${one.power} ${one.price}`);
  return `${connectors.length} connectors at ${stations} stations: ${kinds.join(', ')}`;
}

function optionOf(order: unknown): string {
  const [[code, value] = ['', '']] = tagValues(order, 'selected-charging-option');
  if (code.toLowerCase() === 'amount') return `₹${value} of charging`;
  return `${value} ${{ units: 'Wh', time: 's', soc: '%' }[code.toLowerCase()] ?? code}`;
}

function rows(order: unknown): string {
  return list(at(order, 'quote', 'breakup'))
    .slice(0, -1)
    .map((row) => `${textOf(at(row, 'title'))} ${textOf(at(row, 'price', 'value'))}`)
    .join(' + ');
}

/** The connector's state as the order tells it. */
export function connectorStatus(order: unknown): string {
  return tagValues(at(order, 'items', -1), 'connector-status').get('status') ?? '?';
}

function progress(order: unknown): string {
  const details = tagValues(order, 'charging-session-details');
  const said = ['energy_delivered', 'current_soc', 'last_calculated_cost'].flatMap((code) => details.get(code) ?? []);
  const ended = tagValues(order, 'order-outcome').get('reason');
  const status = textOf(at(order, 'status'));
  return [`${status}, ${connectorStatus(order)}`, ...said, ...(ended ? [ended] : [])].join(', ');
}

function ocppGist({ action, answer }: WireMessage, body: unknown): string | undefined {
  const payload = at(body, answer ? 2 : 3);
  if (at(body, 0) === 4) return `error: ${textOf(at(body, 2))} ${textOf(at(body, 3))}`;
  const said = (key: string): string => String(at(payload, key) ?? '');
  if (answer) {
    if (action === 'TransactionEvent') return undefined;
    if (action === 'StartTransaction') return `transaction ${said('transactionId')}`;
    return at(payload, 'status') === undefined ? undefined : said('status');
  }
  switch (action) {
    case 'BootNotification':
      return `${said('chargePointVendor') || textOf(at(payload, 'chargingStation', 'vendorName'))} ${said('chargePointModel') || textOf(at(payload, 'chargingStation', 'model'))} is here`;
    case 'StatusNotification':
      return `connector ${said('evseId') || said('connectorId')} ${said('connectorStatus') || said('status')}`;
    case 'RemoteStartTransaction':
      return `connector ${said('connectorId')} for tag ${said('idTag')}`;
    case 'StartTransaction':
      return `tag ${said('idTag')} at ${said('meterStart')} Wh`;
    case 'RequestStartTransaction':
      return `EVSE ${said('evseId')} for tag ${textOf(at(payload, 'idToken', 'idToken'))}`;
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
