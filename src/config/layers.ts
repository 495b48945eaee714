/** Layers of settings, from weak to strong: shipped defaults, the file, the environment. Later ones win key by key. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export type Layer = { [key: string]: unknown };

/** Stands for every item of a list. */
const ANY_ITEM = '*';

/** Keys whose values are paths; `:memory:` is SQLite's word for no file. */
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

/** Of the network that stands at `base`. */
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

/** A file that ships with the product, such as `default.json`: it lies beside `src` and `dist`. */
export function readShippedFile(name: string): string {
  return readFileSync(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}

/** A JSON file as an object. @errors a sentence with the file and the reason, as `problem`. */
export function readLayer(file: string): { layer: Layer } | { problem: string } {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isLayer(value) ? { layer: value } : { problem: `${file}: must be a JSON object` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `${file}: ${reason.replaceAll(/\s+/g, ' ')}` };
  }
}

/** `over` laid on `under`; objects are merged, everything else is replaced. Neither is changed. */
export function mergeLayers(under: Layer, over: Layer): Layer {
  const merged: Layer = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    // defineProperty: a key named `__proto__` stays a key.
    Object.defineProperty(merged, key, {
      value: isLayer(below) && isLayer(value) ? mergeLayers(below, value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return merged;
}

/** The layer with its relative paths made absolute from `base`. */
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
