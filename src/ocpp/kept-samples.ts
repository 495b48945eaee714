/** Frames of the meter journal, read again after a restart. */
import type { MeterEntry } from '../bridge/ports/store.js';
import type { MeterSample } from '../domain/command.js';
import { isPayload } from './frame.js';
import { VERSIONS } from './sockets.js';

/** By the version that the charge point last spoke; 1.6 unless it is known. */
export function readKept(entry: MeterEntry, version: string | undefined): readonly MeterSample[] {
  const speaks = VERSIONS.find((other) => other.name === version) ?? VERSIONS[0];
  const payload: unknown = JSON.parse(entry.raw);
  return speaks && isPayload(payload) ? speaks.samplesOf(payload, entry.receivedAt) : [];
}
