/** Checks a network document against its schema, a few stations at a time, so as not to block the event loop. */
import type { Steps } from '../../domain/model/object.js';
import type { ErrorObject } from 'ajv';
import { settingsCheck } from '../../schema/validators.js';
import { isLayer, type Layer } from '../layers.js';

type CheckedDocument<T> = { readonly document: T } | { readonly errors: readonly ErrorObject[] };

/** How many stations are checked in one step. */
const STATIONS_PER_STEP = 20;

/** @shape The paths of the errors refer to the whole document. */
export function* checkDocument<T>(value: unknown): Steps<CheckedDocument<T>> {
  const check = settingsCheck<T>('network');
  const frame = readFrame(value);
  const checkedFrame = check(frame?.document ?? value);
  const errors = [...('errors' in checkedFrame ? checkedFrame.errors : [])];
  if (frame) {
    for (const [at, { provider, stations }] of frame.providers.entries()) {
      for (let first = 0; first < stations.length; first += STATIONS_PER_STEP) {
        yield;
        const part = { ...provider, stations: stations.slice(first, first + STATIONS_PER_STEP) };
        const checked = check({ name: 'part', providers: [part] });
        if ('errors' in checked) errors.push(...checked.errors.flatMap((error) => inWhole(error, at, first)));
      }
    }
  }
  return errors.length > 0 ? { errors } : { document: value as T };
}

interface Frame {
  /** The document, with the stations of each provider removed. */
  readonly document: unknown;
  readonly providers: readonly { readonly provider: Layer; readonly stations: readonly unknown[] }[];
}

/** @returns `undefined` if a list of stations is missing; the document can then only be checked as a whole. */
function readFrame(value: unknown): Frame | undefined {
  const entries: unknown = isLayer(value) ? value['providers'] : undefined;
  if (!Array.isArray(entries)) return undefined;
  const providers = entries.flatMap((provider: unknown) => {
    const stations: unknown = isLayer(provider) ? provider['stations'] : undefined;
    return isLayer(provider) && Array.isArray(stations) ? [{ provider, stations: stations as readonly unknown[] }] : [];
  });
  if (providers.length < entries.length) return undefined;
  const document = { ...(value as Layer), providers: providers.map(({ provider }) => ({ ...provider, stations: [] })) };
  return { document, providers };
}

const IN_PART = /^\/providers\/0\/stations\/(\d+)(.*)$/s;

/**
 * Moves an error in a part to its place in the whole document. Drops the provider's own errors, which the check of the
 * frame has already reported.
 */
function inWhole(error: ErrorObject, providerAt: number, firstStation: number): ErrorObject[] {
  const [, station, rest = ''] = IN_PART.exec(error.instancePath) ?? [];
  if (station === undefined) return [];
  const instancePath = `/providers/${providerAt}/stations/${firstStation + Number(station)}${rest}`;
  return [{ ...error, instancePath }];
}
