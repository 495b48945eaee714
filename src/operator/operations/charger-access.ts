/** Lists and approves identities whose connection was rejected, and changes passwords. */
import type { Request, RequestHandler } from 'express';
import type { AccessRefusal, SecurityProfile } from '../../ports/charger-access.js';
import type { OperatorDeps } from '../http/deps.js';
import { idParameter } from '../http/paging.js';
import { sendProblem, sendBadParameter, type Problem } from '../http/problem.js';

type AccessProblem = Omit<Problem, 'error'> & { readonly status: number };

const REFUSALS: { readonly [R in AccessRefusal]: AccessProblem } = {
  'not-in-list': {
    status: 404,
    message: 'No charge point with this identity was refused lately.',
    hint: 'GET /api/rejected-connections lists them; let it try again.',
  },
  'already-known': {
    status: 409,
    message: 'This charge point is known already.',
    hint: 'POST /api/charge-points/<id>/password gives it another password.',
  },
  'profile-not-allowed': {
    status: 409,
    message: 'This security profile cannot be served here.',
    hint: '0 is for mode "sandbox"; 2 and 3 need listen.ocpp.tls or a proxy.',
  },
  'unknown-charge-point': {
    status: 404,
    message: 'No charge point with this identity is known.',
    hint: 'GET /api/charge-points lists those that are; GET /api/rejected-connections those that would like to be.',
  },
  'password-invalid': {
    status: 400,
    message: 'The password must have 16 to 40 printable ASCII characters.',
    hint: 'Leave it out, and one is made.',
  },
  'change-in-progress': {
    status: 409,
    message: 'The charge point is being asked to take another password now.',
    hint: 'Try again when it has answered.',
  },
  'too-many-pending-passwords': {
    status: 409,
    message: 'Several passwords are valid already, and the charge point has used none of them since.',
    hint: 'Let it reconnect: the one that it uses stays.',
  },
  'not-connected': {
    status: 409,
    message: 'The charge point cannot be asked now; its password stays.',
    hint: 'Try again when it is online, or send "byHand": true and set the password at the charge point.',
  },
  'version-unsupported': {
    status: 409,
    message: 'The charge point speaks a version that cannot take this password; the old one stays.',
    hint: 'OCPP 1.6 takes at most 20 bytes, or 40 hexadecimal digits.',
  },
};

export function listRejectedConnections({ access }: OperatorDeps): RequestHandler {
  return (_req, res) => void res.json({ rejectedConnections: access.rejectedConnections() });
}

export function approveChargePoint({ access }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const profile = jsonBody(req)['profile'];
    if (profile !== undefined && !isSecurityProfile(profile))
      return sendBadParameter(res, 'profile', 'must be 0, 1, 2 or 3');
    const adoption = await access.approve(idParameter(req), profile === undefined ? {} : { profile });
    if ('refused' in adoption) return sendAccessProblem(res, adoption.refused);
    res.json(adoption);
  };
}

export function changePassword({ access }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const { password, byHand } = jsonBody(req);
    if (password !== undefined && typeof password !== 'string')
      return sendBadParameter(res, 'password', 'must be text');
    if (byHand !== undefined && typeof byHand !== 'boolean')
      return sendBadParameter(res, 'byHand', 'must be true or false');
    const change = await access.changePassword(idParameter(req), {
      ...(password !== undefined && { password }),
      ...(byHand !== undefined && { byHand }),
    });
    if ('refused' in change) return sendAccessProblem(res, change.refused);
    res.json(change);
  };
}

function sendAccessProblem(res: Parameters<typeof sendProblem>[0], refusal: AccessRefusal): void {
  const { status, ...problem } = REFUSALS[refusal];
  sendProblem(res, status, { error: refusal, ...problem });
}

function isSecurityProfile(value: unknown): value is SecurityProfile {
  return value === 0 || value === 1 || value === 2 || value === 3;
}

function jsonBody(req: Request): { readonly [key: string]: unknown } {
  const body: unknown = req.body;
  return typeof body === 'object' && body !== null ? { ...body } : {};
}
