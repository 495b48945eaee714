/** Defines the body that all non-2xx responses of the operator's API share. */
import type { Response } from 'express';
import type { RefusalCode } from '../../domain/model/refusal.js';
import { nearestName } from '../../config/nearest-name.js';

/** The HTTP status and meaning of each code. A refused act on an order is a 409 with the code of the refusal. */
export const PROBLEMS = {
  'bad-parameter': { status: 400, meaning: 'A parameter or a member of the body breaks a rule.' },
  'unknown-parameter': { status: 400, meaning: 'The endpoint has no such parameter, or its body no such member.' },
  'bad-request': { status: 400, meaning: 'The request cannot be read as HTTP, as JSON or as a path.' },
  'password-invalid': { status: 400, meaning: 'A charger cannot take this password.' },
  unauthorized: { status: 401, meaning: 'The token is missing, wrong or revoked.' },
  'scope-missing': { status: 403, meaning: 'The token lacks the scope that `scope` names.' },
  forbidden: {
    status: 403,
    meaning: 'The settings do not let an operator send this action; or the first token would be revoked.',
  },
  credential: { status: 403, meaning: 'This command would change a password on one side only.' },
  location: { status: 403, meaning: 'The settings do not allow this address of a file.' },
  quarantined: { status: 403, meaning: 'The charge point is under quarantine.' },
  'not-found': { status: 404, meaning: 'There is no such thing, or no such endpoint.' },
  'not-in-list': { status: 404, meaning: 'No connection of this identity was rejected lately.' },
  'unknown-charge-point': { status: 404, meaning: 'No charge point with this identity is known.' },
  'already-known': { status: 409, meaning: 'The charge point is known already.' },
  'profile-not-allowed': { status: 409, meaning: 'The security profile cannot be served here.' },
  'change-in-progress': { status: 409, meaning: 'The charge point is being asked to take another password.' },
  'too-many-pending-passwords': { status: 409, meaning: 'Several passwords are valid, and none has been used since.' },
  'not-connected': { status: 409, meaning: 'The charge point is not connected.' },
  'version-unsupported': { status: 409, meaning: 'The OCPP version of the charge point cannot do this.' },
  'not-quarantined': { status: 409, meaning: 'The charge point is in no quarantine.' },
  'unknown-key': { status: 409, meaning: 'There is no signing key with this id.' },
  'name-taken': { status: 409, meaning: 'A token has, or had, this name.' },
  'already-ended': { status: 409, meaning: 'It has ended already.' },
  'network-file-rules': { status: 409, meaning: 'What is sold stands in a file, and only there.' },
  'nothing-to-undo': { status: 409, meaning: 'There is no earlier version of the network.' },
  'request-timeout': { status: 408, meaning: 'The request came too slowly.' },
  'too-large': { status: 413, meaning: 'The body is larger than the endpoint takes.' },
  'too-many-attempts': {
    status: 429,
    meaning: 'Many wrong tokens came from this address; a right one is not held up.',
  },
  'headers-too-large': { status: 431, meaning: 'The header of the request is too large.' },
  'import-invalid': { status: 422, meaning: 'The files have faults; `faults` lists them, and nothing was changed.' },
  'reload-invalid': { status: 422, meaning: 'Settings or network file have problems; nothing was changed.' },
  internal: { status: 500, meaning: 'A fault of ours; the log has the cause.' },
  'registry-refused': { status: 502, meaning: 'The registry refused the subscription.' },
  'registry-unavailable': { status: 502, meaning: 'The registry did not answer.' },
  'not-ready': { status: 503, meaning: 'The process is not ready; `reasons` says why.' },
  mute: { status: 503, meaning: 'The bridge runs on a copy of the data, and changes nothing.' },
  'store-unavailable': { status: 503, meaning: 'The store cannot be read or written now.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS | RefusalCode;

export interface Problem {
  readonly code: ProblemCode;
  /** What failed, in one sentence. */
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly hint: string;
  /** The parameter of the path or query, or the member of the body, that was refused. */
  readonly parameter?: string;
  readonly field?: string;
  /** The refused value, shortened, and the rule that it breaks. */
  readonly value?: string;
  readonly rule?: string;
  /** The name or value that was probably meant. */
  readonly didYouMean?: string;
  /** The scope that the token lacks. */
  readonly scope?: string;
  /**
   * For a change of the network: the first faults with their places, the number of all faults, what the import would
   * otherwise change, and how its files were understood.
   */
  readonly faults?: readonly object[];
  readonly faultCount?: number;
  readonly difference?: readonly object[];
  readonly files?: readonly object[];
  /** For a reload: one line per problem. */
  readonly problems?: readonly string[];
  /** For readiness: each reason as a sentence and as a finding. `status` has the value of `code`. */
  readonly status?: ProblemCode;
  readonly reasons?: readonly string[];
  readonly findings?: readonly object[];
}

/** Sends a problem. @shape `error` is an older name for `code`, with the same value. */
export function sendProblem(res: Response, problem: Problem): void {
  res.status(statusOf(problem.code)).json(problemBody(problem));
}

export function problemBody({ code, ...rest }: Problem): object {
  return { error: code, code, ...rest };
}

export function statusOf(code: ProblemCode): number {
  return isOwnCode(code) ? PROBLEMS[code].status : 409;
}

function isOwnCode(code: string): code is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, code);
}

export function notFound(noun: string, id: string, listedAt: string): Problem {
  return {
    code: 'not-found',
    message: `There is no ${noun} with the id "${id}".`,
    hint: `GET ${listedAt} lists them.`,
  };
}

export function badParameter(parameter: string, rule: string, value?: string, known?: readonly string[]): Problem {
  return { parameter, ...brokenRule(parameter, rule, value, known) };
}

export function badField(field: string, rule: string, value?: string, known?: readonly string[]): Problem {
  return { field, ...brokenRule(field, rule, value, known) };
}

const MAX_SHOWN = 80;

function brokenRule(name: string, rule: string, value?: string, known: readonly string[] = []): Problem {
  const near = value === undefined ? undefined : nearestName(value, known);
  const shown = value !== undefined && value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return {
    code: 'bad-parameter',
    message: `${name} ${rule}.`,
    hint: near === undefined ? 'GET /api/openapi.json describes the parameters.' : `Did you mean ${near}?`,
    ...(shown !== undefined && { value: shown }),
    rule,
    ...(near !== undefined && { didYouMean: near }),
  };
}

/** @param where Whether the unknown name is that of a query parameter or of a body field. */
export function unknownName(where: 'parameter' | 'field', name: string, known: readonly string[]): Problem {
  const near = nearestName(name, known);
  const all = known.length === 0 ? 'There are none here.' : `Known here: ${known.join(', ')}.`;
  return {
    code: 'unknown-parameter',
    message: `There is no ${where} ${JSON.stringify(name.slice(0, MAX_SHOWN))} here.`,
    hint: near === undefined ? all : `Did you mean ${near}? ${all}`,
    [where]: name.slice(0, MAX_SHOWN),
    ...(near !== undefined && { didYouMean: near }),
  };
}
