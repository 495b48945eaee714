/**
 * Runs an act of an operator. The act is recorded before it begins, and its outcome before the response is sent. An act
 * that a crash interrupts stays on record as begun.
 */
import type { RequestHandler, Response } from 'express';
import type { Json } from '../../domain/model/object.js';
import type { AuditEntry } from '../../ports/stored-records.js';
import { withIsoTimes } from './answer-forms.js';
import type { OperatorDeps } from './deps.js';
import type { Acting, ActRequest, ActResult, Person } from './endpoint.js';
import { idParameter } from './paging.js';
import { sendProblem } from './problem.js';
import { readBody } from './request-body.js';

const PERSON = 'person';

export function setPerson(res: Pick<Response, 'locals'>, person: Person): void {
  res.locals[PERSON] = person;
}

export function personOf(res: Pick<Response, 'locals'>): Person {
  return res.locals[PERSON] as Person;
}

export function runAct(endpoint: Acting, deps: OperatorDeps): RequestHandler {
  const act = endpoint.act(deps);
  return async (req, res) => {
    const read = endpoint.body === 'text' ? { body: {} } : readBody(req.body as unknown, endpoint.body);
    if ('problem' in read) return sendProblem(res, read.problem);
    const request: ActRequest = { req, person: personOf(res), body: read.body };
    const entry = await begin(endpoint, deps, request);
    let result: ActResult;
    try {
      result = await act(request);
    } catch (error) {
      await deps.store.commit({ auditEntries: [{ ...entry, outcome: 'failed' }] }).catch(() => undefined);
      throw error;
    }
    await deps.store.commit({ auditEntries: [await conclude(endpoint, deps, entry, result)] });
    if ('problem' in result) sendProblem(res, result.problem);
    else if ('send' in result) await result.send(res);
    else res.json(withIsoTimes(result.body));
  };
}

async function begin({ audit }: Acting, deps: OperatorDeps, request: ActRequest): Promise<AuditEntry> {
  const { store, clock, random } = deps;
  const { name: who, address } = request.person;
  const targetId = audit.targetId?.(request) ?? idParameter(request.req);
  const before = await audit.state?.(deps, targetId);
  const asked = audit.request ? audit.request(request) : request.body;
  const entry: AuditEntry = {
    id: random.uuid(),
    at: clock.now(),
    who,
    address,
    act: audit.act,
    targetKind: audit.targetKind,
    targetId,
    outcome: 'begun',
    request: asked,
    ...(before !== undefined && { before }),
  };
  await store.commit({ auditEntries: [entry] });
  return entry;
}

async function conclude(
  { audit }: Acting,
  deps: OperatorDeps,
  entry: AuditEntry,
  result: ActResult,
): Promise<AuditEntry> {
  if ('problem' in result) return { ...entry, outcome: 'refused', code: result.problem.code };
  const after = audit.state ? await audit.state(deps, entry.targetId) : resultOf(audit, result);
  return { ...entry, outcome: 'done', ...(after !== undefined && { after }) };
}

function resultOf(audit: Acting['audit'], result: Exclude<ActResult, { problem: unknown }>): Json | undefined {
  return 'send' in result ? result.summary : audit.result?.(result.body);
}
