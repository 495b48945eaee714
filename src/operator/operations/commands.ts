/** Carries out an operator's commands to charge points and orders, and lists commands and notifications. */
import type { Request, RequestHandler, Response } from 'express';
import type { LogEntryKind } from '../../ports/stored-records.js';
import type { BootPolicy } from '../../ports/charger-access.js';
import type { Json } from '../../domain/model/object.js';
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import type { OperatorDeps } from '../http/deps.js';
import { idParameter, toPage, readPage, queryParameter } from '../http/paging.js';
import { NOTE_RULE, readNote } from '../http/closing-note.js';
import { sendProblem, sendBadParameter, sendNotFound } from '../http/problem.js';

const MAX_TIMEOUT_S = 600;
const DEFAULT_TIMEOUT_S = 30;

/** Sends an OCPP action. The body is its payload; an empty body counts as `{}`. */
export function sendCommand({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const withinS = secondsParameter(req, 'withinS');
    const timeoutS = secondsParameter(req, 'timeoutS');
    const rule = `must be a number of seconds from 1 to ${MAX_TIMEOUT_S}`;
    if (withinS === undefined) return sendBadParameter(res, 'withinS', rule);
    if (timeoutS === undefined) return sendBadParameter(res, 'timeoutS', rule);
    const payload = jsonObject(req.body);
    if (!payload) return sendBadParameter(res, 'the body', 'must be the payload of the action, a JSON object');
    const { action } = req.params;
    const result = await commands.send({
      chargePointId: idParameter(req),
      action: typeof action === 'string' ? action : '',
      payload,
      expiresAfterMs: withinS * 1000,
      timeoutMs: timeoutS * 1000,
    });
    if (!('refused' in result)) {
      res.json(result);
      return;
    }
    if (result.refused === 'unknown-charge-point')
      return sendNotFound(res, 'charge point', idParameter(req), '/api/charge-points');
    sendProblem(res, 403, {
      error: result.refused,
      message: result.message,
      hint: HINTS[result.refused],
    });
  };
}

const HINTS = {
  forbidden: 'operator.forbidden is a setting.',
  credential: 'It answers the new password once.',
  location: 'operator.locationSchemes and operator.locationHosts are settings.',
  quarantined: 'POST /api/charge-points/{id}/quarantine/clear ends its quarantine.',
} as const;

export const listCommands = listLogEntries('command', 'commands');
export const listNotifications = listLogEntries('notification', 'notifications');

function listLogEntries(kind: LogEntryKind, name: string): (deps: OperatorDeps) => RequestHandler {
  return ({ store, commands }) =>
    async (req, res) => {
      const read = readPage(req);
      if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
      const found = await store.listLogEntries({ ...read.page, chargePointId: idParameter(req), kind });
      const { items, next } = toPage(found, read.page, (note) => note.id);
      res.json({ [name]: items.map((note) => commands.withRestartOutcome(note)), next });
    };
}

const BOOT_POLICIES: readonly string[] = ['accept', 'pending', 'reject'];

export function setBootPolicy({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const answer = jsonObject(req.body)?.['answer'];
    if (!isBootPolicy(answer)) return sendBadParameter(res, 'answer', `must be one of ${BOOT_POLICIES.join(', ')}`);
    if (!(await commands.setBootPolicy(idParameter(req), answer)))
      return sendNotFound(res, 'charge point', idParameter(req), '/api/charge-points');
    res.json({ id: idParameter(req), answer });
  };
}

function isBootPolicy(value: unknown): value is BootPolicy {
  return typeof value === 'string' && BOOT_POLICIES.includes(value);
}

export function clearQuarantine({ commands, view: insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const note = readNote(req);
    if (note === undefined) return sendBadParameter(res, 'note', NOTE_RULE);
    if (await commands.clearQuarantine(id, note)) return void res.json({ id, cleared: true });
    if (!insight.chargePoints().some((charger) => charger.id === id))
      return sendNotFound(res, 'charge point', id, '/api/charge-points');
    sendProblem(res, 409, {
      error: 'not-quarantined',
      message: 'This charge point is in no quarantine.',
      hint: 'GET /api/charge-points/{id} shows one.',
    });
  };
}

export function stopOrder({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => sendOrderResult(req, res, await commands.stop(idParameter(req)));
}

export function cancelOrder({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => sendOrderResult(req, res, await commands.cancel(idParameter(req)));
}

export function closeOrder({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const by = readNote(req, 'by', MAX_REASON_LENGTH);
    const reason = readNote(req, 'reason', MAX_REASON_LENGTH);
    if (by === undefined) return sendBadParameter(res, 'by', NAME_RULE);
    if (reason === undefined) return sendBadParameter(res, 'reason', REASON_RULE);
    sendOrderResult(req, res, await commands.close(idParameter(req), by, reason));
  };
}

const MAX_REASON_LENGTH = 500;
const NAME_RULE = 'must name the person who closes the order';
const REASON_RULE = `must be text of 1 to ${MAX_REASON_LENGTH} characters that says why the order is closed`;

function sendOrderResult(req: Request, res: Response, refusal: Refusal | undefined): void {
  if (!refusal) {
    res.json({ orderId: idParameter(req), accepted: true });
    return;
  }
  if (refusal.code === 'order-unknown') return sendNotFound(res, 'order', idParameter(req), '/api/orders');
  const { sentence } = REFUSALS[refusal.code];
  const hint = refusal.detail ?? 'GET /api/orders/{id} says how it stands.';
  sendProblem(res, 409, { error: refusal.code, message: sentence, hint });
}

function secondsParameter(req: Request, name: string): number | undefined {
  const given = Number(queryParameter(req, name) ?? DEFAULT_TIMEOUT_S);
  return given >= 1 && given <= MAX_TIMEOUT_S ? given : undefined;
}

function jsonObject(body: unknown): { readonly [key: string]: Json } | undefined {
  if (body === undefined) return {};
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as { readonly [key: string]: Json })
    : undefined;
}
