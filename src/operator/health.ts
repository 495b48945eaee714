/** Reports liveness (the process runs) and readiness (whether it accepts work and, if not, why). */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from './http/deps.js';
import { problemBody, statusOf } from './http/problem.js';

export function liveness(): RequestHandler {
  return (_req, res) => void res.json({ status: 'alive' });
}

/** Answers 200, or 503 with each reason as a sentence. */
export function readiness({ store, view, mute }: Pick<OperatorDeps, 'store' | 'view' | 'mute'>): RequestHandler {
  return (_req, res) => {
    const reason = mute?.();
    const reasons = [
      ...(view.draining ? ['The process is shutting down.'] : []),
      ...(reason === undefined ? [] : [`The bridge is mute: ${reason}.`]),
      ...(store.isHealthy() ? [] : ['The store does not accept writes.']),
      ...view.readinessProblems(),
    ];
    if (reasons.length === 0) return void res.json({ status: 'ready', reasons });
    const code = 'not-ready';
    const problem = problemBody({ code, message: 'The process is not ready.', hint: 'Each reason says why.' });
    res.status(statusOf(code)).json({ ...problem, status: code, reasons });
  };
}
