/** What the operator's API answers when it cannot do what was asked: what, why, and what to do about it. */
import type { Response } from 'express';

export interface Problem {
  readonly error: string;
  readonly message: string;
  readonly hint: string;
}

export function sendProblem(res: Response, status: number, problem: Problem): void {
  res.status(status).json(problem);
}

export function sendNotFound(res: Response, what: string, id: string, list: string): void {
  sendProblem(res, 404, {
    error: 'not-found',
    message: `There is no ${what} with the id "${id}".`,
    hint: `GET ${list} lists them.`,
  });
}

export function sendBadParameter(res: Response, name: string, rule: string): void {
  sendProblem(res, 400, {
    error: 'bad-parameter',
    message: `${name} ${rule}.`,
    hint: 'GET /api says what each takes.',
  });
}
