/** Reports liveness (the process runs) and readiness (whether it accepts work and, if not, why). */
import type { RequestHandler } from 'express';
import { FINDINGS, finding } from './findings.js';
import type { OperatorDeps } from './http/deps.js';
import { sendProblem } from './http/problem.js';

export function liveness(): RequestHandler {
  return (_req, res) => void res.json({ status: 'alive' });
}

/** Answers 200 if ready, otherwise 503 with each reason both as a sentence and as a finding. */
export function readiness({ store, view, mute }: Pick<OperatorDeps, 'store' | 'view' | 'mute'>): RequestHandler {
  return (_req, res) => {
    const reason = mute?.();
    const findings = [
      ...(view.draining ? [finding('shutting-down', FINDINGS['shutting-down'].title)] : []),
      ...(reason === undefined ? [] : [finding('mute', `The bridge is mute: ${reason}.`)]),
      ...(store.isHealthy() ? [] : [finding('store-read-only', FINDINGS['store-read-only'].title)]),
      ...view.readinessProblems().map(({ code, message }) => finding(code, message)),
    ];
    const reasons = findings.map(({ message }) => message);
    if (reasons.length === 0) return void res.json({ status: 'ready', reasons, findings });
    const code = 'not-ready';
    const message = 'The process is not ready.';
    sendProblem(res, { code, message, hint: 'Each reason says why.', status: code, reasons, findings });
  };
}
