/** Sends the answers of the endpoints that change the network. */
import type { Request, Response } from 'express';
import { sendProblem } from '../http/problem.js';
import { type Change, countChanges } from '../../bridge/network/network-difference.js';
import type { Fault } from './edits/fault.js';
import type { Authorship, NetworkUpdates, UpdateResult } from '../../bridge/network/network-updates.js';

/** More faults than this help nobody at once. */
const MAX_FAULTS = 1000;
const MAX_NAME_LENGTH = 200;

/** Who changes something, and why: `by` and `reason` of the body. */
export function readAuthorship(req: Pick<Request, 'body'>, source: string): Authorship {
  return { by: bodyText(req, 'by') ?? 'operator', reason: bodyText(req, 'reason') ?? '', source };
}

export function bodyText({ body }: Pick<Request, 'body'>, name: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, MAX_NAME_LENGTH) : undefined;
}

export function sendFileRules(res: Response, { networkFile }: NetworkUpdates): void {
  sendProblem(res, 409, {
    error: 'network-file-rules',
    message: `What is sold stands in ${networkFile ?? 'the network file'}, and only there.`,
    hint: 'Change that file and reload (POST /api/reload or SIGHUP). To import instead, remove networkFile from the settings and restart: the network stays as it is, because its versions are in the store.',
  });
}

export function sendFaults(
  res: Response,
  answer: { readonly faults: readonly Fault[]; readonly difference?: readonly Change[] } & {
    readonly [name: string]: unknown;
  },
): void {
  const { faults, ...rest } = answer;
  res.status(422).json({
    error: 'import-invalid',
    message:
      faults.length === 1
        ? 'There is 1 fault; nothing was changed.'
        : `There are ${faults.length} faults; nothing was changed.`,
    hint: 'Each fault says where it is and which rule it breaks. ?dryRun=true checks without changing anything.',
    ...rest,
    faults: faults.slice(0, MAX_FAULTS),
    faultCount: faults.length,
  });
}

/** Answers a change that was made by one of the endpoints besides the import. */
export function sendUpdate(res: Response, updates: NetworkUpdates, result: UpdateResult): void {
  if ('refused' in result) {
    if (result.refused === 'network-file-rules') return sendFileRules(res, updates);
    return sendProblem(res, result.refused === 'no-such-version' ? 404 : 409, {
      error: result.refused,
      message:
        result.refused === 'no-such-version'
          ? 'There is no such version.'
          : 'There is no earlier version to go back to.',
      hint: 'GET /api/network/versions lists them.',
    });
  }
  if ('problems' in result) {
    return sendFaults(res, { faults: result.problems.map(({ problem }) => ({ rule: problem })) });
  }
  const { difference, version } = result;
  res.json({
    changed: version !== undefined,
    ...(version && { version }),
    counts: countChanges(difference),
    difference,
  });
}
