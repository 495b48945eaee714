/** Answers requests that no endpoint answers: those with an unknown path, unreadable ones, and those that failed. */
import { STATUS_CODES, type Server } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { StoreFault } from '../ports/store.js';
import { ANSWER_HEADER } from './answer-header.js';
import { ENDPOINTS } from './endpoints.js';
import type { OperatorDeps } from './http/deps.js';
import { nearestName } from '../config/nearest-name.js';
import { badParameter, problemBody, sendProblem, statusOf, type Problem } from './http/problem.js';

/**
 * Turns errors into error responses. An unexpected one is logged with its stack trace and answered 500 without it; once
 * the headers are sent, Express cuts the connection. Express recognises an error handler by its four parameters.
 */
export function errorHandler({ events }: OperatorDeps): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const status = clientErrorStatus(error);
    if (status !== undefined) sendProblem(res, status === 413 ? tooLarge(error) : UNREADABLE);
    else if (error instanceof RangeError && req.query['cursor'] !== undefined)
      // The store throws a RangeError if the cursor names no item of the list.
      sendProblem(
        res,
        badParameter('cursor', 'must be the `next` of a page of this list', String(req.query['cursor'])),
      );
    else if (error instanceof StoreFault) sendProblem(res, STORE_UNAVAILABLE);
    else {
      events.emit('bug', { where: 'operator', path: req.path, error });
      sendProblem(res, {
        code: 'internal',
        message: 'An internal error occurred.',
        hint: 'The log has the details.',
      });
    }
  };
}

const UNREADABLE: Problem = {
  code: 'bad-request',
  message: 'The request could not be read.',
  hint: 'A body is a JSON object; % in a path begins an escape.',
};
const STORE_UNAVAILABLE: Problem = {
  code: 'store-unavailable',
  message: 'The store cannot be read or written now.',
  hint: 'Try again; /health/ready shows when the store works again.',
};

/** Describes a body that is too large. The body parser's error contains the endpoint's limit, in bytes. */
function tooLarge(error: unknown): Problem {
  const limit: unknown = error instanceof Error && 'limit' in error ? error.limit : undefined;
  const [kb, mb] = [2 ** 10, 2 ** 20];
  const shown =
    typeof limit !== 'number' ? 'less' : limit < mb ? `at most ${limit / kb} KB` : `at most ${limit / mb} MB`;
  return { code: 'too-large', message: 'The body is too large.', hint: `Send ${shown}.` };
}

/** Returns the 4xx status that Express or a body parser set on an error; `undefined` for any other error. */
function clientErrorStatus(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Answers 404 and suggests the endpoint with the most similar path, if one is close. */
export const unknownPath: RequestHandler = (req, res) => {
  const near = nearestName(
    req.path,
    ENDPOINTS.map(({ path }) => path),
  );
  sendProblem(res, {
    code: 'not-found',
    message: `There is nothing at ${req.method} ${req.path}.`,
    hint: 'GET /api lists the endpoints.',
    ...(near !== undefined && { didYouMean: near }),
  });
};

/**
 * The answers to requests that Node gives up on, by Node's error code. Their statuses are those that Node itself would
 * send.
 */
const CLIENT_ERRORS: { readonly [code: string]: Problem | undefined } = {
  HPE_HEADER_OVERFLOW: {
    code: 'headers-too-large',
    message: 'The header of the request is too large.',
    hint: 'Send less than 16 KB.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: tooLarge(undefined),
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'request-timeout',
    message: 'The request came too slowly.',
    hint: 'Send its header within 5 s, and all of it within 10 s.',
  },
};

/**
 * Answers requests that Node gives up on, because they are not HTTP, their header is too large or they come too slowly.
 * The JSON body has the same form as for other errors.
 */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const problem = CLIENT_ERRORS[error.code ?? ''] ?? UNREADABLE;
    const [body, status] = [JSON.stringify(problemBody(problem)), statusOf(problem.code)];
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n`;
    const mark = `${ANSWER_HEADER.join(': ')}\r\n`;
    socket.end(`${head}${mark}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  });
}
