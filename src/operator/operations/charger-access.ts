/** Lists and approves identities whose connection was rejected, lists and removes spellings, and changes passwords. */
import type { RequestHandler } from 'express';
import type { Json } from '../../domain/model/object.js';
import type { AccessRefusal, SecurityProfile } from '../../ports/charger-access.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter } from '../http/paging.js';
import { hasAll, isDuring, queryFlag, queryTexts, queryTimes } from '../http/parameters.js';
import { badField, notFound, type Problem } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';

type AccessProblem = Pick<Problem, 'message' | 'hint'>;

const REFUSALS: { readonly [R in AccessRefusal]: AccessProblem } = {
  'not-in-list': {
    message: 'No charge point with this identity was refused lately.',
    hint: 'GET /api/rejected-connections lists them; let it try again.',
  },
  'already-known': {
    message: 'This charge point is known already.',
    hint: 'POST /api/charge-points/<id>/password with "byHand": true gives it another password.',
  },
  'profile-not-allowed': {
    message: 'This security profile cannot be served here.',
    hint: '0 is for mode "sandbox"; 2 and 3 need listen.ocpp.tls or a proxy.',
  },
  'unknown-charge-point': {
    message: 'No charge point with this identity is known.',
    hint: 'GET /api/charge-points lists those that are; GET /api/rejected-connections those that would like to be.',
  },
  'password-invalid': {
    message: 'The password must have 16 to 40 printable ASCII characters.',
    hint: 'Leave it out, and one is made.',
  },
  'change-in-progress': {
    message: 'The charge point is being asked to take another password now.',
    hint: 'Try again when it has answered.',
  },
  'too-many-pending-passwords': {
    message: 'Several passwords are valid already, and the charge point has used none of them since.',
    hint: 'Let it reconnect: the one that it uses stays.',
  },
  'not-connected': {
    message: 'The charge point cannot be asked now; its password stays.',
    hint: 'Try again when it is online, or send "byHand": true and set the password at the charge point.',
  },
  'version-unsupported': {
    message: 'The charge point speaks a version that cannot take this password; the old one stays.',
    hint: 'OCPP 1.6 takes at most 20 bytes, or 40 hexadecimal digits.',
  },
};

export function listRejectedConnections({ access }: OperatorDeps): RequestHandler {
  return (req, res) => {
    const times = queryTimes(req);
    const { chargePointId: id, ...conditions } = queryTexts(req, ['chargePointId', 'network', 'code']);
    const tls = queryFlag(req, 'tls');
    const wanted = { ...conditions, ...(id !== undefined && { id }), ...(tls !== undefined && { tls }) };
    const rejectedConnections = access
      .rejectedConnections()
      .filter((one) => isDuring(one.lastAt, times) && hasAll(one, wanted));
    sendJson(res, { rejectedConnections });
  };
}

export function approveChargePoint({ access }: OperatorDeps) {
  return async ({ req, body }: ActRequest): Promise<ActResult> => {
    const profile = PROFILES.find((one) => one === body['profile']);
    const as = bodyText(body, 'as');
    if (profile !== undefined && as !== undefined)
      return { problem: badField('profile', 'must not be given beside as') };
    const request = { ...(profile !== undefined && { profile }), ...(as !== undefined && { as }) };
    const approval = await access.approve(idParameter(req), request);
    return 'refused' in approval ? refused(approval.refused) : { body: approval };
  };
}

export function listSpellings({ access }: OperatorDeps): RequestHandler {
  return (req, res) => {
    const [times, wanted] = [queryTimes(req), queryTexts(req, ['id', 'chargePointId'])];
    const spellings = access.spellings().filter((one) => isDuring(one.approvedAt, times) && hasAll(one, wanted));
    sendJson(res, { spellings });
  };
}

export function removeSpelling({ access }: OperatorDeps) {
  return async ({ req }: ActRequest): Promise<ActResult> => {
    const id = idParameter(req);
    const removed = await access.removeSpelling(id);
    return removed ? { body: removed } : { problem: notFound('spelling', id, '/api/spellings') };
  };
}

export function changePassword({ access }: OperatorDeps) {
  return async ({ req, body }: ActRequest): Promise<ActResult> => {
    const password = bodyText(body, 'password');
    const { byHand } = body;
    const change = await access.changePassword(idParameter(req), {
      ...(password !== undefined && { password }),
      ...(typeof byHand === 'boolean' && { byHand }),
    });
    return 'refused' in change ? refused(change.refused) : { body: change };
  };
}

/** Returns what the audit record keeps of a request or response: everything but the password. */
export function withoutPassword(body: object): Json {
  const { password: _password, ...rest } = body as { readonly [name: string]: Json };
  return rest;
}

export const PROFILES: readonly SecurityProfile[] = [0, 1, 2, 3];

function refused(code: AccessRefusal): ActResult {
  return { problem: { code, ...REFUSALS[code] } };
}
