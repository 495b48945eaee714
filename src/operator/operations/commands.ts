/** Commands of an operator to chargers and orders, and what chargers told besides. */
import type { Request, RequestHandler, Response } from 'express';
import type { NoteKind } from '../../ports/store.js';
import type { BootAnswer } from '../../config/config.js';
import type { Json } from '../../domain/model/order.js';
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import type { OperatorDeps } from '../http/deps.js';
import { idOf, pageOf, readPage, text } from '../http/paging.js';
import { NOTE_RULE, noteOf } from '../http/closing-note.js';
import { answerProblem, badParameter, notFound } from '../http/problem.js';

const LONGEST_S = 600;
const USUAL_S = 30;

/** The body is the request payload as its schema has it; an empty one counts as `{}`. */
export function sendCommand({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const withinS = seconds(req, 'withinS');
    const timeoutS = seconds(req, 'timeoutS');
    const rule = `must be a number of seconds from 1 to ${LONGEST_S}`;
    if (withinS === undefined) return badParameter(res, 'withinS', rule);
    if (timeoutS === undefined) return badParameter(res, 'timeoutS', rule);
    const payload = payloadOf(req.body);
    if (!payload) return badParameter(res, 'the body', 'must be the payload of the action, a JSON object');
    const { action } = req.params;
    const result = await commands.send({
      chargePointId: idOf(req),
      action: typeof action === 'string' ? action : '',
      payload,
      withinMs: withinS * 1000,
      timeoutMs: timeoutS * 1000,
    });
    if (!('refused' in result)) {
      res.json(result);
      return;
    }
    if (result.refused === 'unknown-charge-point')
      return notFound(res, 'charge point', idOf(req), '/api/charge-points');
    answerProblem(res, 403, {
      error: result.refused,
      message: result.message,
      hint: HINTS[result.refused],
    });
  };
}

const HINTS = {
  forbidden: 'operator.forbidden is a setting.',
  credential: 'It answers the new password once.',
  quarantined: 'POST /api/charge-points/{id}/quarantine/clear ends its quarantine.',
} as const;

export const listCommands = notes('command', 'commands');
export const listTold = notes('told', 'told');

function notes(kind: NoteKind, name: string): (deps: OperatorDeps) => RequestHandler {
  return ({ store, commands }) =>
    async (req, res) => {
      const read = readPage(req);
      if ('problem' in read) return badParameter(res, 'limit', read.problem);
      const found = await store.listNotes({ ...read.page, chargePointId: idOf(req), kind });
      const { items, next } = pageOf(found, read.page, (note) => note.id);
      res.json({ [name]: items.map((note) => commands.shown(note)), next });
    };
}

const BOOT_ANSWERS: readonly string[] = ['accept', 'pending', 'reject'];

export function answerBoot({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const answer = payloadOf(req.body)?.['answer'];
    if (!isBootAnswer(answer)) return badParameter(res, 'answer', `must be one of ${BOOT_ANSWERS.join(', ')}`);
    if (!(await commands.answerBoot(idOf(req), answer)))
      return notFound(res, 'charge point', idOf(req), '/api/charge-points');
    res.json({ id: idOf(req), answer });
  };
}

function isBootAnswer(value: unknown): value is BootAnswer {
  return typeof value === 'string' && BOOT_ANSWERS.includes(value);
}

export function clearQuarantine({ commands, insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const note = noteOf(req);
    if (note === undefined) return badParameter(res, 'note', NOTE_RULE);
    if (await commands.clearQuarantine(id, note)) return void res.json({ id, cleared: true });
    if (!insight.chargers().some((charger) => charger.id === id))
      return notFound(res, 'charge point', id, '/api/charge-points');
    answerProblem(res, 409, {
      error: 'not-quarantined',
      message: 'This charge point is in no quarantine.',
      hint: 'GET /api/charge-points/{id} shows one.',
    });
  };
}

export function stopOrder({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => answerOrder(req, res, await commands.stop(idOf(req)));
}

export function cancelOrder({ commands }: OperatorDeps): RequestHandler {
  return async (req, res) => answerOrder(req, res, await commands.cancel(idOf(req)));
}

function answerOrder(req: Request, res: Response, refusal: Refusal | undefined): void {
  if (!refusal) {
    res.json({ orderId: idOf(req), accepted: true });
    return;
  }
  if (refusal.code === 'order-unknown') return notFound(res, 'order', idOf(req), '/api/orders');
  const { sentence } = REFUSALS[refusal.code];
  const hint = refusal.detail ?? 'GET /api/orders/{id} says how it stands.';
  answerProblem(res, 409, { error: refusal.code, message: sentence, hint });
}

function seconds(req: Request, name: string): number | undefined {
  const given = Number(text(req, name) ?? USUAL_S);
  return given >= 1 && given <= LONGEST_S ? given : undefined;
}

function payloadOf(body: unknown): { readonly [key: string]: Json } | undefined {
  if (body === undefined) return {};
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as { readonly [key: string]: Json })
    : undefined;
}
