/** Turns ajv's errors into one-line sentences that name the setting and the rule. */
import type { ErrorObject } from 'ajv';
import { isLayer } from '../layers.js';

const SECRET_KEY = /password|token|secret|(^|\.)store\.uri$/i;

/** @shape `listen.beckn.port: "eighty" must be integer (TCP port of the Beckn listener; …)`. */
export function describeErrors(errors: readonly ErrorObject[] | null | undefined): string[] {
  return [...new Set((errors ?? []).map(describeError))];
}

export interface LocatedError {
  /** One line that names the place, the value and the rule. */
  readonly problem: string;
  /** Keys and indexes from the root; the last one is the missing or unknown member, if there is one. */
  readonly path: readonly string[];
  readonly rule: string;
  readonly value: unknown;
}

/** Like `describeErrors`, but also returns the path, rule and value of each error separately. */
export function locateErrors(errors: readonly ErrorObject[] | null | undefined): LocatedError[] {
  const seen = new Set<string>();
  return (errors ?? []).flatMap((error) => {
    const problem = describeError(error);
    if (seen.size === seen.add(problem).size) return [];
    const at = error.instancePath.split('/').slice(1).map(unescape);
    const member: unknown = error.params['missingProperty'] ?? error.params['additionalProperty'];
    const rule =
      error.keyword === 'required'
        ? 'is missing'
        : error.keyword === 'additionalProperties'
          ? 'is not known'
          : describeRule(error) + describeSetting(error.parentSchema);
    return [{ problem, path: member === undefined ? at : [...at, String(member)], rule, value: error.data }];
  });
}

function describeError(error: ErrorObject): string {
  const at = error.instancePath.split('/').slice(1).map(unescape);
  if (error.keyword === 'required') {
    return `${[...at, String(error.params['missingProperty'])].join('.')}: is missing, and has no default`;
  }
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty']);
    return `${[...at, key].join('.')}: no such setting${suggestKey(key, error.parentSchema)}`;
  }
  const key = at.join('.');
  const value = SECRET_KEY.test(key) ? '(not shown)' : shorten(JSON.stringify(error.data));
  return `${key || '(root)'}: ${value} ${describeRule(error)}${describeSetting(error.parentSchema)}`;
}

function describeRule(error: ErrorObject): string {
  if (error.keyword === 'enum') return `must be one of ${JSON.stringify(error.params['allowedValues'])}`;
  return error.message ?? `breaks ${error.keyword}`;
}

function describeSetting(schema: unknown): string {
  const text = isLayer(schema) ? schema['description'] : undefined;
  return typeof text === 'string' ? ` (${text})` : '';
}

function suggestKey(key: string, schema: unknown): string {
  const known = isLayer(schema) && isLayer(schema['properties']) ? Object.keys(schema['properties']) : [];
  const near = known.find((name) => name.toLowerCase().startsWith(key.slice(0, 3).toLowerCase()));
  return near === undefined ? `; known here: ${known.join(', ')}` : `; did you mean ${near}?`;
}

function unescape(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
