/** Sends the error responses of the operator's API: what failed, why, and what to do. */
import type { Response } from 'express';

export interface Problem {
  readonly error: string;
  readonly message: string;
  readonly hint: string;
}

export function sendProblem(res: Response, status: number, problem: Problem): void {
  res.status(status).json(problem);
}

export function sendNotFound(res: Response, noun: string, id: string, list: string): void {
  sendProblem(res, 404, {
    error: 'not-found',
    message: `There is no ${noun} with the id "${id}".`,
    hint: `GET ${list} lists them.`,
  });
}

export function sendBadParameter(res: Response, name: string, rule: string): void {
  sendProblem(res, 400, {
    error: 'bad-parameter',
    message: `${name} ${rule}.`,
    hint: 'GET /api lists the parameters.',
  });
}
