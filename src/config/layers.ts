/** Reads and merges layers of settings: shipped defaults, overridden by the file, overridden by the environment. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseHandWrittenJson } from './json-text.js';

export type Layer = { [key: string]: unknown };

/** Matches every item of a list. */
const ANY_ITEM = '*';

/** Settings that are file paths. (`:memory:` in `store.path` is not a file but SQLite's in-memory database.) */
const PATH_SETTINGS = [
  ['dataDir'],
  ['networkFile'],
  ...networkPathSettings([]),
  ...networkPathSettings(['networks', ANY_ITEM]),
  ['store', 'path'],
  ['listen', 'ocpp', 'tls', 'certificates', ANY_ITEM, 'certificateFile'],
  ['listen', 'ocpp', 'tls', 'certificates', ANY_ITEM, 'keyFile'],
  ['listen', 'ocpp', 'tls', 'clientCaFile'],
  ['listen', 'ocpp', 'tls', 'crlFile'],
  ['ocpp', 'ca', 'certificateFile'],
  ['ocpp', 'ca', 'keyFile'],
];

/** Returns the settings that are file paths in the network at `base`. */
function networkPathSettings(base: readonly string[]): string[][] {
  return [
    [...base, 'subscriber', 'keyFile'],
    [...base, 'subscriber', 'keys', ANY_ITEM, 'keyFile'],
    [...base, 'subscriber', 'encryptionKeyFiles', ANY_ITEM],
    [...base, 'registry', 'file'],
  ];
}

export function isLayer(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a file that ships with the program, such as `default.json`, from `config/` next to `src` and `dist`. */
export function readShippedFile(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}

/** Reads a JSON object from a file. @errors Returns a sentence with file and reason as `problem`. */
export function readLayer(file: string): { layer: Layer } | { problem: string } {
  try {
    const value = parseHandWrittenJson(readFileSync(file, 'utf8'));
    return isLayer(value) ? { layer: value } : { problem: `${file}: must be a JSON object` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `${file}: ${reason.replaceAll(/\s+/g, ' ')}` };
  }
}

/** Merges `over` into a copy of `under`: objects are merged recursively, other values are replaced. */
export function mergeLayers(under: Layer, over: Layer): Layer {
  const merged: Layer = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    // defineProperty keeps a key named `__proto__` an ordinary key.
    Object.defineProperty(merged, key, {
      value: isLayer(below) && isLayer(value) ? mergeLayers(below, value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return merged;
}

/** Resolves the relative paths of a layer against `base`. */
export function resolvePaths(layer: Layer, base: string): Layer {
  return PATH_SETTINGS.reduce<Layer>((resolved, path) => {
    const next = resolveAt(resolved, path, base);
    return isLayer(next) ? next : resolved;
  }, layer);
}

function resolveAt(value: unknown, [key, ...rest]: readonly string[], base: string): unknown {
  if (key === undefined)
    return typeof value !== 'string' || value === '' || value === ':memory:' ? value : resolve(base, value);
  if (key === ANY_ITEM) return Array.isArray(value) ? value.map((item: unknown) => resolveAt(item, rest, base)) : value;
  return isLayer(value) && Object.hasOwn(value, key)
    ? mergeLayers(value, { [key]: resolveAt(value[key], rest, base) })
    : value;
}
