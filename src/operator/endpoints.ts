/** Lists the endpoints of the operator's API. The routes and the index at `/api` are made from this table. */
import { approveChargePoint, changePassword, listRejectedConnections } from './operations/charger-access.js';
import {
  setBootPolicy,
  cancelOrder,
  clearQuarantine,
  listCommands,
  listNotifications,
  sendCommand,
  closeOrder,
  stopOrder,
} from './operations/commands.js';
import { getCalendar, getChargePoint, listChargePoints, getProtocolViolations } from './operations/charge-points.js';
import type { Endpoint } from './http/endpoint.js';
import { listLedger, downloadSettlement } from './finance/ledger.js';
import { getOrder, getOrderMeter, listOrders, listRatings, listSessions } from './operations/orders.js';
import { listNetworks, subscribeNetwork } from './operations/networks.js';
import { importStatement } from './finance/statement-import.js';
import { closeDiscrepancy, listDiscrepancies } from './finance/discrepancies.js';
import { listTransactions } from './operations/orders.js';
import { NETWORK_ENDPOINTS } from './network/network-endpoints.js';
import { listOwedCallbacks } from './operations/owed-callbacks.js';

export const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/orders',
    description: 'Orders, newest first. ?state= filters; ?limit= and ?cursor= page.',
    handle: listOrders,
  },
  {
    method: 'GET',
    path: '/api/orders/:id',
    description: 'One order with its session, bill, and pending callbacks and commands.',
    handle: getOrder,
  },
  {
    method: 'GET',
    path: '/api/orders/:id/meter',
    description:
      'The meter readings of an order as the charger sent them, with signed values listed apart. ?after= continues after an entry.',
    handle: getOrderMeter,
  },
  {
    method: 'GET',
    path: '/api/ratings',
    description:
      'Ratings from buyer apps, newest first. ?orderId= keeps those of one order; ?limit= and ?cursor= page.',
    handle: listRatings,
  },
  {
    method: 'GET',
    path: '/api/sessions',
    description: 'Running sessions with live figures.',
    handle: listSessions,
  },
  {
    method: 'GET',
    path: '/api/charge-points',
    description: 'All charge points with their connection and connectors.',
    handle: listChargePoints,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id',
    description: 'One charge point with its boot details, configuration and orders.',
    handle: getChargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/calendar',
    description: 'The reservations of its connectors, and the orders that charge or are about to. Times are epoch ms.',
    handle: getCalendar,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/password',
    description:
      'Sets a new HTTP Basic password, over OCPP or, with {"byHand": true}, on the charger by a technician. {"password": …} sets a given one; a generated one is shown once.',
    handle: changePassword,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/boot',
    description:
      'Sets how its BootNotifications are answered: {"answer": "accept"}, "pending" or "reject". A pending charge point that may proceed is asked to boot at once.',
    handle: setBootPolicy,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/quarantine/clear',
    description:
      'Lifts the quarantine, so that sessions start there again. The JSON body is {"note": "what was found"}.',
    handle: clearQuarantine,
  },
  {
    method: 'GET',
    path: '/api/rejected-connections',
    description: 'Identities whose connection was rejected, newest first: from which address, how often and why.',
    handle: listRejectedConnections,
  },
  {
    method: 'POST',
    path: '/api/rejected-connections/:id/approve',
    description:
      'Approves one of them, so that it may connect, with {"profile": …} or the default profile. Its password is shown once.',
    handle: approveChargePoint,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/protocol-violations',
    description:
      'The protocol rules that a charge point has broken since the process started: which, how often, when last, and whether the message was accepted leniently.',
    handle: getProtocolViolations,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/commands',
    description:
      'Commands that operators sent to a charge point, with results, newest first. ?limit= and ?cursor= page.',
    handle: listCommands,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/commands/:action',
    description:
      'Sends any OCPP action that a central system may call; the JSON body is its payload. ?withinS= limits the wait in the queue, ?timeoutS= the wait for the response. The response is stored.',
    handle: sendCommand,
  },
  {
    method: 'GET',
    path: '/api/charge-points/:id/notifications',
    description:
      'Notifications of a charge point that concern no order (firmware, logs, security events, …), newest first.',
    handle: listNotifications,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/stop',
    description: 'Stops the session of an order, or ends the order when no session has begun.',
    handle: stopOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/cancel',
    description: 'Cancels an order whose session has not begun and refunds it in full.',
    handle: cancelOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/close',
    description:
      'Closes an order by its last credible reading, or without a bill before its session. Body: `by` (a name) and `reason`; both are kept, with a discrepancy.',
    handle: closeOrder,
  },
  {
    method: 'GET',
    path: '/api/outbox',
    description: 'Undelivered callbacks to buyer apps, oldest first, with their attempts.',
    handle: listOwedCallbacks,
  },
  {
    method: 'GET',
    path: '/api/discrepancies',
    description: 'Discrepancies, newest first. ?open=true keeps the open ones; ?limit= and ?cursor= page.',
    handle: listDiscrepancies,
  },
  {
    method: 'POST',
    path: '/api/discrepancies/:id/close',
    description: 'Closes a discrepancy. The JSON body is {"note": "what was done"}.',
    handle: closeDiscrepancy,
  },
  {
    method: 'GET',
    path: '/api/ledger',
    description: 'Postings, newest first: double entry, in minor units, debits positive. ?day= and ?bapId= filter.',
    handle: listLedger,
  },
  {
    method: 'GET',
    path: '/api/settlements/:day.csv',
    description: 'The postings of a day as CSV, one line per order, with a total per buyer app. ?bapId= keeps one.',
    handle: downloadSettlement,
  },
  {
    method: 'POST',
    path: '/api/payments/statement',
    description:
      'Compares a payment provider’s statement (CSV with the columns id, kind, amount, currency, at, or {"lines": […]}) with the orders. Each mismatch opens one discrepancy. ?day= names its day; otherwise it covers the time from its first line to its last.',
    handle: importStatement,
    textBody: true,
  },
  {
    method: 'GET',
    path: '/api/transactions',
    description: 'OCPP transactions, newest first. ?chargePointId=, ?open=true and ?unmatched=true filter.',
    handle: listTransactions,
  },
  {
    method: 'GET',
    path: '/api/networks',
    description:
      'The Beckn networks: our subscriber, our keys and which one signs, the state of the registry, and whether a challenge is expected.',
    handle: listNetworks,
  },
  {
    method: 'POST',
    path: '/api/networks/:name/subscribe',
    description:
      'Sends a signed subscription to a registry that accepts one, and answers its challenge for a day. {"keyId": …} registers that key; {"send": false} only waits for the challenge.',
    handle: subscribeNetwork,
  },
  ...NETWORK_ENDPOINTS,
  {
    method: 'GET',
    path: '/api/config',
    description: 'The effective settings, without secrets.',
    handle: (deps) => (_req, res) => void res.json(deps.config),
  },
];
