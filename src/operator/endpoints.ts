/** The operator's API as a table: the index at `/api` is printed from it and the routes are made from it. */
import type { RequestHandler } from 'express';
import { approveChargePoint, changePassword, listRejectedConnections } from './operations/charger-access.js';
import {
  setBootPolicy,
  cancelOrder,
  clearQuarantine,
  listCommands,
  listNotifications,
  sendCommand,
  stopOrder,
} from './operations/commands.js';
import { getCalendar, getChargePoint, listChargePoints, getProtocolViolations } from './operations/charge-points.js';
import type { OperatorDeps } from './http/deps.js';
import { listLedger, downloadSettlement } from './finance/ledger.js';
import { getOrder, getOrderMeter, listOrders, listRatings, listSessions } from './operations/orders.js';
import { listNetworks, subscribeNetwork } from './operations/networks.js';
import { importStatement } from './finance/statement-import.js';
import { closeDiscrepancy, listOwedCallbacks, listDiscrepancies, listTransactions } from './finance/discrepancies.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One sentence, with the query parameters. */
  readonly description: string;
  readonly handle: (deps: OperatorDeps) => RequestHandler;
  /** Its body comes as text, and may be a file. */
  readonly textBody?: true;
}

export const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/orders',
    description: 'Orders, newest first; ?state= keeps one state, ?limit= and ?cursor= page.',
    handle: listOrders,
  },
  {
    method: 'GET',
    path: '/api/orders/:id',
    description: 'One order, whole: session, bill and what it owes.',
    handle: getOrder,
  },
  {
    method: 'GET',
    path: '/api/orders/:id/meter',
    description:
      'The meter readings of an order as the charger sent them, signed values apart; ?after= goes on from a number.',
    handle: getOrderMeter,
  },
  {
    method: 'GET',
    path: '/api/ratings',
    description:
      'What buyer apps rated, newest first; ?orderId= keeps those of an order and its transaction, ?limit= and ?cursor= page.',
    handle: listRatings,
  },
  {
    method: 'GET',
    path: '/api/sessions',
    description: 'Sessions that run now, with live figures.',
    handle: listSessions,
  },
  {
    method: 'GET',
    path: '/api/charge-points',
    description: 'Every charge point: online or not, connectors.',
    handle: listChargePoints,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id',
    description: 'One charge point, with what it said at boot.',
    handle: getChargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/calendar',
    description: 'What its connectors are promised to: booked slots, and orders that charge or are about to; epoch ms.',
    handle: getCalendar,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/password',
    description:
      'Gives it a new Basic password, over OCPP or ("byHand": true) for somebody to set there; {"password": …} or made, and then shown once.',
    handle: changePassword,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/boot',
    description:
      'How its boots are answered from now on: {"answer": "accept"}, "pending" or "reject". One that is kept waiting and may go on is asked to boot at once.',
    handle: setBootPolicy,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/quarantine/clear',
    description:
      'Ends its quarantine, so that charging is started there again; the JSON body is {"note": "what was found"}.',
    handle: clearQuarantine,
  },
  {
    method: 'GET',
    path: '/api/rejected-connections',
    description: 'Identities whose connection was refused, newest first: from where, how often, why.',
    handle: listRejectedConnections,
  },
  {
    method: 'POST',
    path: '/api/rejected-connections/:id/approve',
    description:
      'Makes one of them known, so that it may connect; {"profile": …} or the usual one. Its password is shown once.',
    handle: approveChargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/protocol-violations',
    description:
      'What a charge point gets wrong since the process began: rule, how often, when last, and whether it was read all the same.',
    handle: getProtocolViolations,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/commands',
    description:
      'What operators asked of a charge point and what became of it, newest first; ?limit= and ?cursor= page.',
    handle: listCommands,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/commands/:action',
    description:
      'Sends any OCPP action that we may call; the JSON body is its payload. ?withinS= bounds its wait for a turn, ?timeoutS= the charger’s time to answer. The answer is kept.',
    handle: sendCommand,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/notifications',
    description: 'What a charge point told that moves no order (firmware, logs, security events, …), newest first.',
    handle: listNotifications,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/stop',
    description: 'Stops the order’s session, or ends the order if none has begun.',
    handle: stopOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/cancel',
    description: 'Cancels an order whose session has not begun; all of its money goes back.',
    handle: cancelOrder,
  },
  {
    method: 'GET',
    path: '/api/outbox',
    description: 'Callbacks owed to buyer apps, oldest first, with attempts.',
    handle: listOwedCallbacks,
  },
  {
    method: 'GET',
    path: '/api/discrepancies',
    description: 'Reconciliation rows, newest first; ?open=true keeps those that wait for a person.',
    handle: listDiscrepancies,
  },
  {
    method: 'POST',
    path: '/api/discrepancies/:id/close',
    description: 'Closes a row; the JSON body is {"note": "what was done"}.',
    handle: closeDiscrepancy,
  },
  {
    method: 'GET',
    path: '/api/ledger',
    description: 'Postings, newest first: double entry, minor units, a debit positive; ?day= and ?bapId= filter.',
    handle: listLedger,
  },
  {
    method: 'GET',
    path: '/api/settlements/:day.csv',
    description: 'A day’s postings as CSV, an order a row, with a total for each buyer app; ?bapId= keeps one.',
    handle: downloadSettlement,
  },
  {
    method: 'POST',
    path: '/api/payments/statement',
    description:
      'Holds a payment provider’s statement (CSV with the columns id, kind, amount, currency, at, or {"lines": […]}) against what the orders know; what does not fit becomes a row, once. ?day= says whose day it is, else it is taken for the time from its first line to its last.',
    handle: importStatement,
    textBody: true,
  },
  {
    method: 'GET',
    path: '/api/transactions',
    description: 'OCPP transactions, newest first; ?chargePointId=, ?open=true, ?unmatched=true filter.',
    handle: listTransactions,
  },
  {
    method: 'GET',
    path: '/api/networks',
    description:
      'The Beckn networks: who we are there, our keys and which one signs, how the registry does, whether a challenge is awaited.',
    handle: listNetworks,
  },
  {
    method: 'POST',
    path: '/api/networks/:name/subscribe',
    description:
      'Sends a signed subscription to the registry where it takes one, and for a day answers its challenge; {"keyId": …} registers that key, {"send": false} only waits.',
    handle: subscribeNetwork,
  },
  {
    method: 'GET',
    path: '/api/config',
    description: 'The settings in force, without secrets.',
    handle: (deps) => (_req, res) => void res.json(deps.config),
  },
];
