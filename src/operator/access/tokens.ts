/** Lists, creates and revokes API tokens. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter } from '../http/paging.js';
import { notFound, type Problem } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';
import { SCOPES } from '../http/tokens.js';

export function listTokens({ tokens }: OperatorDeps): RequestHandler {
  return (_req, res) => sendJson(res, { tokens: tokens.list() });
}

export function createToken({ tokens }: OperatorDeps) {
  return async ({ body, person }: ActRequest): Promise<ActResult> => {
    const scopes = Array.isArray(body['scopes']) ? (body['scopes'] as readonly unknown[]) : [];
    const name = bodyText(body, 'name') ?? '';
    const created = await tokens.create(
      name,
      SCOPES.filter((scope) => scopes.includes(scope)),
      person.name,
    );
    if ('refused' in created) return { problem: nameTaken(name) };
    return { body: { ...created.token, secret: created.secret } };
  };
}

function nameTaken(name: string): Problem {
  return {
    code: 'name-taken',
    message: `There is, or was, a token with the name ${name}.`,
    hint: 'Choose another name: the audit record names people by it.',
  };
}

export function revokeToken({ tokens }: OperatorDeps) {
  return async ({ req, person }: ActRequest): Promise<ActResult> => {
    const name = idParameter(req);
    const revoked = await tokens.revoke(name, person.name);
    if (!('refused' in revoked)) return { body: revoked };
    switch (revoked.refused) {
      case 'not-found':
        return { problem: notFound('token', name, '/api/tokens') };
      case 'already-ended':
        return {
          problem: { code: 'already-ended', message: 'This token is revoked already.', hint: 'It works no longer.' },
        };
      case 'forbidden':
        return {
          problem: {
            code: 'forbidden',
            message: 'The first token is not revoked over the API.',
            hint: 'Delete the file operator-token in the data folder and restart: another token is written.',
          },
        };
    }
  };
}
