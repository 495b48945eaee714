/** Holds the settings in force. A reload replaces those that can change at runtime; all others wait for a restart. */
import type { Config } from './config.js';

/** Settings that a reload applies, with everything below them. `*` stands for any index or id, here and below. */
const RELOADABLE = toPatterns([
  'peers',
  'callbacks.allow',
  'beckn.perBapPerMinute',
  'beckn.failuresPerAddressPerMinute',
  'beckn.connectorsPerBuyer',
  'beckn.holdsPerBuyer',
  'beckn.startsPerConnector',
  'ocpp.chargePoints',
  'listen.ocpp.tls.certificates',
  'listen.ocpp.tls.clientCaFile',
  'listen.ocpp.tls.crlFile',
  'log.level',
  ...['subscriber', 'networks.*.subscriber'].flatMap((subscriber) =>
    ['keyId', 'keyFile', 'generate', 'keys', 'validFrom', 'validUntil'].map((name) => `${subscriber}.${name}`),
  ),
]);

/** Settings that a reload can replace, but not add or remove: a listener asks for client certificates or does not. */
const EXCHANGEABLE = toPatterns(['listen.ocpp.tls.clientCaFile']);

/**
 * Settings whose default depends on one that needs a restart. If that one changes, these wait for the restart too, as
 * does anything that contains them and is added or removed, such as a charge point.
 */
const DERIVED: { readonly [source: string]: readonly Pattern[] } = {
  dataDir: toPatterns(['subscriber.keyFile', 'networks.*.subscriber.keyFile']),
  'ocpp.defaultProfile': toPatterns(['ocpp.chargePoints.*.profile']),
};

type Pattern = readonly string[];

function toPatterns(paths: readonly string[]): readonly Pattern[] {
  return paths.map((path) => path.split('.'));
}

interface ConfigChanges {
  /** Names of changed settings, such as `log.level`. */
  readonly applied: readonly string[];
  readonly needsRestart: readonly string[];
}

export interface ConfigInForce {
  /** Each access to a member returns the value in force, so that code that keeps this object sees a reload. */
  readonly config: Config;
  replace(next: Config): ConfigChanges;
}

export function createConfigInForce(initial: Config): ConfigInForce {
  let current = initial;
  const config = {} as Config;
  for (const name of Object.keys(initial) as (keyof Config)[])
    Object.defineProperty(config, name, { get: () => current[name], enumerable: true });
  return {
    config,
    replace(next) {
      const paths = changedPaths(current, next);
      const waiting = Object.keys(DERIVED).filter((source) => paths.some((path) => path.join('.') === source));
      const held = waiting.flatMap((source) => DERIVED[source] ?? []);
      const isApplied = (path: readonly string[]): boolean =>
        matches(RELOADABLE, path) &&
        !held.some((rule) => isAlong(rule, path)) &&
        (!matches(EXCHANGEABLE, path) || (valueAt(current, path) !== undefined && valueAt(next, path) !== undefined));
      const applied = paths.filter(isApplied);
      const needsRestart = paths.filter((path) => !applied.includes(path));
      let merged: unknown = current;
      for (const path of applied) merged = withValue(merged, path, valueAt(next, path));
      current = merged as Config;
      const nameOf = (path: readonly string[]): string => path.join('.');
      return { applied: applied.map(nameOf), needsRestart: needsRestart.map(nameOf) };
    },
  };
}

function matches(patterns: readonly Pattern[], path: readonly string[]): boolean {
  return patterns.some((rule) => path.length >= rule.length && isAlong(rule, path));
}

/** Checks whether a path and a pattern agree up to the end of the shorter one. */
function isAlong(rule: Pattern, path: readonly string[]): boolean {
  return rule.every((part, index) => index >= path.length || part === '*' || part === path[index]);
}

type Members = { readonly [name: string]: unknown };

/** Returns the paths of the innermost members that differ. Lists with different lengths or names differ as a whole. */
function changedPaths(before: unknown, after: unknown, path: readonly string[] = []): string[][] {
  if (before === after) return [];
  const isBoth = (check: (value: unknown) => boolean): boolean => check(before) && check(after);
  const isSameList = isBoth(Array.isArray) && namesIn(before as unknown[]) === namesIn(after as unknown[]);
  if (!isSameList && !isBoth(isMembers)) return [[...path]];
  const [old, fresh] = [before as Members, after as Members];
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)]);
  return [...names].flatMap((name) => changedPaths(old[name], fresh[name], [...path, name]));
}

/** Returns the names of the items in order, as JSON; `null` for an item without a name. */
function namesIn(list: readonly unknown[]): string {
  return JSON.stringify(list.map((item) => (isMembers(item) ? ((item as Members)['name'] ?? null) : null)));
}

function isMembers(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Members | undefined)?.[name], value);
}

/** Returns a copy with `wanted` at a path; if `wanted` is `undefined`, removes the member. */
function withValue(value: unknown, [name = '', ...rest]: readonly string[], wanted: unknown): unknown {
  const copy: { [name: string]: unknown } = Array.isArray(value)
    ? ([...(value as unknown[])] as unknown as { [name: string]: unknown })
    : { ...(value as Members) };
  const inner = rest.length === 0 ? wanted : withValue(copy[name], rest, wanted);
  if (inner === undefined) delete copy[name];
  else copy[name] = inner;
  return copy;
}
