/** Declares and checks query parameters, and reads them from a checked request. */
import { isDay, parseMoment } from '../../domain/pricing/calendar.js';
import type { Request } from 'express';
import type { JsonSchema } from './json-schema.js';
import { badParameter, unknownName, type Problem } from './problem.js';

export interface Parameter {
  readonly schema: JsonSchema;
  /** @returns The rule that the value breaks, such as `must be true or false`; `undefined` if it breaks none. */
  readonly problem: (value: string) => string | undefined;
  /** The valid values, one of which may be suggested in place of a wrong one. */
  readonly known?: readonly string[];
}

export type Parameters = { readonly [name: string]: Parameter };

const MAX_LENGTH = 256;

export function textParameter(description: string, maxLength = MAX_LENGTH): Parameter {
  return {
    schema: { type: 'string', description, minLength: 1, maxLength },
    problem: (value) => (value.length <= maxLength ? undefined : `must have at most ${maxLength} characters`),
  };
}

export function choiceParameter(values: readonly string[], description: string): Parameter {
  return {
    schema: { type: 'string', enum: values, description },
    problem: (value) => (values.includes(value) ? undefined : `must be one of ${values.join(', ')}`),
    known: values,
  };
}

export function flagParameter(description: string): Parameter {
  return {
    schema: { type: 'boolean', description },
    problem: (value) => (value === 'true' || value === 'false' ? undefined : 'must be true or false'),
  };
}

export function wholeParameter(minimum: number, maximum: number, description: string): Parameter {
  return {
    schema: { type: 'integer', minimum, maximum, description },
    problem: (value) =>
      /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum
        ? undefined
        : `must be a whole number from ${minimum} to ${maximum}`,
  };
}

export function decimalParameter(minimum: number, maximum: number, description: string): Parameter {
  return {
    schema: { type: 'number', minimum, maximum, description },
    problem: (value) =>
      value.trim() !== '' && Number(value) >= minimum && Number(value) <= maximum
        ? undefined
        : `must be a number from ${minimum} to ${maximum}`,
  };
}

export const TIME_RULE = 'must be a time such as 2026-11-25T10:00:00+05:30, or epoch milliseconds';

export function timeParameter(description: string): Parameter {
  return {
    schema: { type: 'string', description: `${description} RFC 3339 with a zone, or epoch ms.` },
    problem: (value) => (parseTime(value) === undefined ? TIME_RULE : undefined),
  };
}

export const DAY_RULE = 'must be a day such as 2026-11-25';

export function dayParameter(description: string): Parameter {
  return {
    schema: { type: 'string', format: 'date', description },
    problem: (value) => (isDay(value) ? undefined : DAY_RULE),
  };
}

/**
 * @returns The first problem of the query: an unknown, repeated or empty parameter, a value that breaks a rule, or a
 *   `to` that is not later than `from`.
 */
export function findQueryProblem(query: Request['query'], parameters: Parameters = {}): Problem | undefined {
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(parameters, name)) return unknownName('parameter', name, Object.keys(parameters));
    const parameter = parameters[name];
    if (typeof value !== 'string') return badParameter(name, 'must be given once');
    if (value === '') return badParameter(name, 'must not be empty', value);
    const rule = parameter?.problem(value);
    if (rule !== undefined) return badParameter(name, rule, value, parameter?.known);
  }
  const [from, to] = [query['from'], query['to']].map((value) =>
    typeof value === 'string' ? parseTime(value) : undefined,
  );
  if (from !== undefined && to !== undefined && to <= from)
    return badParameter('to', 'must be later than from', String(query['to']));
  return undefined;
}

/** Returns a query parameter; `undefined` if it is absent, empty or repeated. */
export function queryParameter(req: Pick<Request, 'query'>, name: string): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function queryFlag(req: Pick<Request, 'query'>, name: string): boolean | undefined {
  const value = queryParameter(req, name);
  return value === undefined ? undefined : value === 'true';
}

export function queryNumber(req: Pick<Request, 'query'>, name: string): number | undefined {
  const value = queryParameter(req, name);
  return value === undefined ? undefined : Number(value);
}

/** Returns `from` (inclusive) and, from the parameter `to`, `until` (exclusive), both in epoch ms. */
export function queryTimes(req: Pick<Request, 'query'>): { readonly from?: number; readonly until?: number } {
  const [from, until] = [queryParameter(req, 'from'), queryParameter(req, 'to')].map((value) =>
    value === undefined ? undefined : parseTime(value),
  );
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
}

/** Returns those of the named parameters that the request has. */
export function queryTexts<N extends string>(
  req: Pick<Request, 'query'>,
  names: readonly N[],
): { readonly [name in N]?: string } {
  const found: { [name in N]?: string } = {};
  for (const name of names) {
    const value = queryParameter(req, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Whether a record has every member of `wanted`, with the same value. */
export function hasAll(record: object, wanted: object): boolean {
  return Object.entries(wanted).every(([name, value]) => Reflect.get(record, name) === value);
}

/** Whether a time lies in the span that `queryTimes` returned. @unit Epoch ms. */
export function isDuring(at: number, { from = -Infinity, until = Infinity }: ReturnType<typeof queryTimes>): boolean {
  return at >= from && at < until;
}

/**
 * Parses RFC 3339 with a zone, or epoch ms. A space before the offset is a plus that was not percent-encoded.
 * @returns Epoch ms; `undefined` if the text is neither.
 */
export function parseTime(value: string): number | undefined {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  return parseMoment(value.replace(/ (?=\d{2}:\d{2}$)/, '+'));
}
