/** The operator's API as a table: the index at `/api` is printed from it and the routes are made from it. */
import type { RequestHandler } from 'express';
import { adopt, changePassword, knocks } from './operations/charger-access.js';
import {
  answerBoot,
  cancelOrder,
  clearQuarantine,
  listCommands,
  listTold,
  sendCommand,
  stopOrder,
} from './operations/commands.js';
import { calendar, chargePoint, chargePoints, chargePointSins } from './operations/charge-points.js';
import type { OperatorDeps } from './http/deps.js';
import { ledger, settlement } from './finance/ledger.js';
import { order, orderMeter, orders, ratings, sessions } from './operations/orders.js';
import { listNetworks, subscribe } from './operations/networks.js';
import { importStatement } from './finance/statement-import.js';
import { closeRow, owed, rows, transactions } from './finance/discrepancies.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One sentence, with the query parameters. */
  readonly says: string;
  readonly handle: (deps: OperatorDeps) => RequestHandler;
  /** Its body comes as text, and may be a file. */
  readonly file?: true;
}

export const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/orders',
    says: 'Orders, newest first; ?state= keeps one state, ?limit= and ?cursor= page.',
    handle: orders,
  },
  { method: 'GET', path: '/api/orders/:id', says: 'One order, whole: session, bill and what it owes.', handle: order },
  {
    method: 'GET',
    path: '/api/orders/:id/meter',
    says: 'The meter readings of an order as the charger sent them, signed values apart; ?after= goes on from a number.',
    handle: orderMeter,
  },
  {
    method: 'GET',
    path: '/api/ratings',
    says: 'What buyer apps rated, newest first; ?orderId= keeps those of an order and its transaction, ?limit= and ?cursor= page.',
    handle: ratings,
  },
  { method: 'GET', path: '/api/sessions', says: 'Sessions that run now, with live figures.', handle: sessions },
  {
    method: 'GET',
    path: '/api/charge-points',
    says: 'Every charge point: online or not, connectors.',
    handle: chargePoints,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id',
    says: 'One charge point, with what it said at boot.',
    handle: chargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/calendar',
    says: 'What its connectors are promised to: booked slots, and orders that charge or are about to; epoch ms.',
    handle: calendar,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/password',
    says: 'Gives it a new Basic password, over OCPP or ("byHand": true) for somebody to set there; {"password": …} or made, and then shown once.',
    handle: changePassword,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/boot',
    says: 'How its boots are answered from now on: {"answer": "accept"}, "pending" or "reject". One that is kept waiting and may go on is asked to boot at once.',
    handle: answerBoot,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/quarantine/clear',
    says: 'Ends its quarantine, so that charging is started there again; the JSON body is {"note": "what was found"}.',
    handle: clearQuarantine,
  },
  {
    method: 'GET',
    path: '/api/knocks',
    says: 'Identities whose connection was refused, newest first: from where, how often, why.',
    handle: knocks,
  },
  {
    method: 'POST',
    path: '/api/knocks/:id/adopt',
    says: 'Makes one of them known, so that it may connect; {"profile": …} or the usual one. Its password is shown once.',
    handle: adopt,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/sins',
    says: 'What a charge point gets wrong since the process began: rule, how often, when last, and whether it was read all the same.',
    handle: chargePointSins,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/commands',
    says: 'What operators asked of a charge point and what became of it, newest first; ?limit= and ?cursor= page.',
    handle: listCommands,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/commands/:action',
    says: 'Sends any OCPP action that we may call; the JSON body is its payload. ?withinS= bounds its wait for a turn, ?timeoutS= the charger’s time to answer. The answer is kept.',
    handle: sendCommand,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/told',
    says: 'What a charge point told that moves no order (firmware, logs, security events, …), newest first.',
    handle: listTold,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/stop',
    says: 'Stops the order’s session, or ends the order if none has begun.',
    handle: stopOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/cancel',
    says: 'Cancels an order whose session has not begun; all of its money goes back.',
    handle: cancelOrder,
  },
  {
    method: 'GET',
    path: '/api/outbox',
    says: 'Callbacks owed to buyer apps, oldest first, with attempts.',
    handle: owed,
  },
  {
    method: 'GET',
    path: '/api/rows',
    says: 'Reconciliation rows, newest first; ?open=true keeps those that wait for a person.',
    handle: rows,
  },
  {
    method: 'POST',
    path: '/api/rows/:id/close',
    says: 'Closes a row; the JSON body is {"note": "what was done"}.',
    handle: closeRow,
  },
  {
    method: 'GET',
    path: '/api/ledger',
    says: 'Postings, newest first: double entry, minor units, a debit positive; ?day= and ?bapId= filter.',
    handle: ledger,
  },
  {
    method: 'GET',
    path: '/api/settlements/:day.csv',
    says: 'A day’s postings as CSV, an order a row, with a total for each buyer app; ?bapId= keeps one.',
    handle: settlement,
  },
  {
    method: 'POST',
    path: '/api/payments/statement',
    says: 'Holds a payment provider’s statement (CSV with the columns id, kind, amount, currency, at, or {"lines": […]}) against what the orders know; what does not fit becomes a row, once. ?day= says whose day it is, else it is taken for the time from its first line to its last.',
    handle: importStatement,
    file: true,
  },
  {
    method: 'GET',
    path: '/api/transactions',
    says: 'OCPP transactions, newest first; ?chargePointId=, ?open=true, ?orphans=true filter.',
    handle: transactions,
  },
  {
    method: 'GET',
    path: '/api/networks',
    says: 'The Beckn networks: who we are there, our keys and which one signs, how the registry does, whether a challenge is awaited.',
    handle: listNetworks,
  },
  {
    method: 'POST',
    path: '/api/networks/:name/subscribe',
    says: 'Sends a signed subscription to the registry where it takes one, and for a day answers its challenge; {"keyId": …} registers that key, {"send": false} only waits.',
    handle: subscribe,
  },
  {
    method: 'GET',
    path: '/api/config',
    says: 'The settings in force, without secrets.',
    handle: (deps) => (_req, res) => void res.json(deps.config),
  },
];
