/** Liveness says that the process runs; readiness says whether to send it work, and why not. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from './http/deps.js';

export function liveness(): RequestHandler {
  return (_req, res) => void res.json({ status: 'alive' });
}

/** 200, or 503 with every reason as a sentence. */
export function readiness({ store, view }: Pick<OperatorDeps, 'store' | 'view'>): RequestHandler {
  return (_req, res) => {
    const reasons = [
      ...(view.draining ? ['The process is shutting down.'] : []),
      ...(store.isHealthy() ? [] : ['The store does not accept writes.']),
      ...view.readinessProblems(),
    ];
    res
      .status(reasons.length === 0 ? 200 : 503)
      .json({ status: reasons.length === 0 ? 'ready' : 'not-ready', reasons });
  };
}
