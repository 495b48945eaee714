/** Checks the operator's bearer token, in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { sendProblem } from './http/problem.js';

/** @errors 401 with a hint which document says where the token is; a stranger learns neither it nor its path. */
export function requireToken(token: string): RequestHandler {
  const expected = sha256(token);
  return (req, res, next) => {
    const given = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    // Hashes have equal lengths, so timing reveals neither the token's length nor its first wrong character.
    if (given !== undefined && timingSafeEqual(sha256(given), expected)) {
      next();
      return;
    }
    res.setHeader('WWW-Authenticate', 'Bearer realm="operator"');
    sendProblem(res, 401, {
      error: 'unauthorized',
      message: given === undefined ? 'This endpoint needs the operator token.' : 'This is not the operator token.',
      hint: 'Send "Authorization: Bearer <token>"; docs/operator-api.md says where the operator finds it.',
    });
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
