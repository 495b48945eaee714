/** Carries out an operator's acts on charge points and orders, and lists commands and notifications. */
import type { RequestHandler } from 'express';
import type { LogEntryKind } from '../../ports/stored-records.js';
import type { BootPolicy } from '../../ports/charger-access.js';
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter, pathParameter, toPage, readPage } from '../http/paging.js';
import { queryNumber, queryTexts, queryTimes } from '../http/parameters.js';
import { notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';

export const MAX_TIMEOUT_S = 600;
const DEFAULT_TIMEOUT_S = 30;

type Act = (request: ActRequest) => Promise<ActResult>;

/** Sends an OCPP action. The body is its payload; an empty body counts as `{}`. */
export function sendCommand({ commands }: OperatorDeps): Act {
  return async ({ req, body }) => {
    const result = await commands.send({
      chargePointId: idParameter(req),
      action: pathParameter(req, 'action'),
      payload: body,
      expiresAfterMs: (queryNumber(req, 'withinS') ?? DEFAULT_TIMEOUT_S) * 1000,
      timeoutMs: (queryNumber(req, 'timeoutS') ?? DEFAULT_TIMEOUT_S) * 1000,
    });
    if (!('refused' in result)) return { body: result };
    const { refused: code, message } = result;
    if (code === 'unknown-charge-point') return unknownChargePoint(idParameter(req));
    return { problem: { code, message, hint: HINTS[code] } };
  };
}

const HINTS = {
  forbidden: 'operator.forbidden is a setting.',
  credential: 'It answers the new password once.',
  location: 'operator.locationSchemes and operator.locationHosts are settings.',
  quarantined: 'POST /api/charge-points/{id}/quarantine/clear ends its quarantine.',
} as const;

function unknownChargePoint(id: string): ActResult {
  return { problem: notFound('charge point', id, '/api/charge-points') };
}

export const listCommands = listLogEntries('command', 'commands');
export const listNotifications = listLogEntries('notification', 'notifications');

function listLogEntries(kind: LogEntryKind, name: string): (deps: OperatorDeps) => RequestHandler {
  return ({ store, commands }) =>
    async (req, res) => {
      const page = readPage(req);
      const filter = { ...queryTimes(req), ...queryTexts(req, ['action']), chargePointId: idParameter(req), kind };
      const { items, next } = toPage(await store.listLogEntries({ ...page, ...filter }), page, (note) => note.id);
      sendJson(res, { [name]: items.map((note) => commands.withRestartOutcome(note)), next });
    };
}

export const BOOT_POLICIES: readonly BootPolicy[] = ['accept', 'pending', 'reject'];

export function setBootPolicy({ commands }: OperatorDeps): Act {
  return async ({ req, body }) => {
    const id = idParameter(req);
    const answer = BOOT_POLICIES.find((one) => one === body['answer']) ?? 'accept';
    return (await commands.setBootPolicy(id, answer)) ? { body: { id, answer } } : unknownChargePoint(id);
  };
}

export function clearQuarantine({ commands, view }: OperatorDeps): Act {
  return async ({ req, body }) => {
    const id = idParameter(req);
    if (await commands.clearQuarantine(id, bodyText(body, 'note') ?? '')) return { body: { id, cleared: true } };
    if (!view.chargePoints().some((charger) => charger.id === id)) return unknownChargePoint(id);
    return {
      problem: {
        code: 'not-quarantined',
        message: 'This charge point is in no quarantine.',
        hint: 'GET /api/charge-points/{id} shows one.',
      },
    };
  };
}

export function stopOrder({ commands }: OperatorDeps): Act {
  return async ({ req }) => orderResult(idParameter(req), await commands.stop(idParameter(req)));
}

export function cancelOrder({ commands }: OperatorDeps): Act {
  return async ({ req }) => orderResult(idParameter(req), await commands.cancel(idParameter(req)));
}

export function closeOrder({ commands }: OperatorDeps): Act {
  return async ({ req, body }) => {
    const [by = '', reason = ''] = [bodyText(body, 'by'), bodyText(body, 'reason')];
    return orderResult(idParameter(req), await commands.close(idParameter(req), by, reason));
  };
}

function orderResult(orderId: string, refusal: Refusal | undefined): ActResult {
  if (!refusal) return { body: { orderId, accepted: true } };
  if (refusal.code === 'order-unknown') return { problem: notFound('order', orderId, '/api/orders') };
  const { sentence } = REFUSALS[refusal.code];
  const hint = refusal.detail ?? 'GET /api/orders/{id} says how it stands.';
  return { problem: { code: refusal.code, message: sentence, hint } };
}
