/** The operator's API as a table: the index at `/api` is printed from it and the routes are made from it. */
import type { RequestHandler } from 'express';
import { chargePoint, chargePoints } from './charge-points.js';
import type { OperatorDeps } from './deps.js';
import { order, orderMeter, orders, sessions } from './orders.js';
import { closeRow, owed, rows, transactions } from './ledger.js';

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** One sentence, with the query parameters. */
  readonly says: string;
  readonly handle: (deps: OperatorDeps) => RequestHandler;
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
    path: '/api/transactions',
    says: 'OCPP transactions, newest first; ?chargePointId=, ?open=true, ?orphans=true filter.',
    handle: transactions,
  },
  {
    method: 'GET',
    path: '/api/config',
    says: 'The settings in force, without secrets.',
    handle: (deps) => (_req, res) => void res.json(deps.config),
  },
];
