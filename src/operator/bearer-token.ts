/** Checks the operator's bearer token, in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { sendProblem } from './http/problem.js';

/** @errors 401, with a hint about where to find the token. */
export function requireToken(token: string, tokenFile: string): RequestHandler {
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
      hint: `Send "Authorization: Bearer <token>"; the token is in ${tokenFile} on the machine that runs the bridge.`,
    });
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
