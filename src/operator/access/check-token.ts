/** Checks the bearer token of each request, and whether it has the scope that the endpoint needs. */
import type { Request, RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import { sendProblem, type Problem } from '../http/problem.js';
import { personOf, setPerson } from '../http/run-act.js';
import type { Scope } from '../http/tokens.js';
import { hasScope } from './api-tokens.js';
import { FailedAttempts } from './failed-attempts.js';

/**
 * Lets a request with a valid token pass, and names its sender for the handlers. Answers 401 to a missing or wrong
 * token, but 429 to a wrong one while too many answers to wrong tokens from the same network are delayed. The hint of a
 * 401 names only a document, so that a stranger does not learn the path of the token file.
 */
export function requireToken({
  tokens,
  clock,
  events,
}: Pick<OperatorDeps, 'tokens' | 'clock' | 'events'>): RequestHandler {
  const failedAttempts = new FailedAttempts(clock);
  return async (req, res, next) => {
    const address = addressOf(req);
    const given = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    const token = given === undefined ? undefined : tokens.find(given);
    if (token) {
      failedAttempts.forgive(address);
      setPerson(res, { name: token.name, scopes: token.scopes, address });
      next();
      return;
    }
    const reason = given === undefined ? 'missing' : 'wrong';
    if (given !== undefined && !(await failedAttempts.delay(address))) {
      events.emit('operator.token-refused', { address, reason: 'too-many' });
      res.setHeader('Retry-After', '10');
      return sendProblem(res, TOO_MANY);
    }
    events.emit('operator.token-refused', { address, reason });
    res.setHeader('WWW-Authenticate', 'Bearer realm="operator"');
    sendProblem(res, {
      code: 'unauthorized',
      message: given === undefined ? 'This endpoint needs a token.' : 'This token is not known, or it is revoked.',
      hint: 'Send "Authorization: Bearer <token>"; docs/operator-api.md says where the operator finds it.',
    });
  };
}

const TOO_MANY: Problem = {
  code: 'too-many-attempts',
  message: 'Many wrong tokens came from this address.',
  hint: 'Wait for the answers to the earlier ones. A right token is answered at once.',
};

export function requireScope(scope: Scope): RequestHandler {
  return (_req, res, next) => {
    const person = personOf(res);
    if (hasScope(person, scope)) return next();
    sendProblem(res, {
      code: 'scope-missing',
      message: `The token ${person.name} does not have the scope ${scope}.`,
      hint: `It has ${person.scopes.join(', ')}. POST /api/tokens creates another, with an admin token.`,
      scope,
    });
  };
}

function addressOf(req: Request): string {
  return (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
