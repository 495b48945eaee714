/** Imports files into the network or, in a dry run, reports what the import would change and what is wrong. */
import type { Change } from '../../bridge/network/network-difference.js';
import { applyEdits, type EditedNetwork } from './edits/edits.js';
import { locateProblem } from './edits/locate-problem.js';
import type { Fault } from './edits/fault.js';
import { type NetworkVersion } from '../../bridge/network/network-history.js';
import type { NetworkTables } from '../../bridge/network/network-tables.js';
import { inTurns } from '../../ports/runtime.js';
import type { Authorship, NetworkUpdates } from '../../bridge/network/network-updates.js';
import type { PulledObjects } from './ocpi/read-ocpi.js';
import type { ChargePointNames } from './ocpi/location-edits.js';
import { type FileNote, type ImportFile, type ReadImport, readImport } from './read-import.js';

export interface ImportRequest {
  readonly files: readonly ImportFile[];
  readonly pulled: readonly PulledObjects[];
  readonly isDryRun: boolean;
  /** Whether entries that the files do not mention are removed. */
  readonly replaces: boolean;
  readonly names: ChargePointNames;
  readonly authorship: Authorship;
}

export type ImportResult =
  | {
      readonly files: readonly FileNote[];
      readonly difference: readonly Change[];
      /** Empty if the import is possible. */
      readonly faults: readonly Fault[];
      /** Present if something was changed. */
      readonly version?: NetworkVersion;
    }
  | { readonly refused: 'network-file-rules' };

export async function importNetwork(updates: NetworkUpdates, request: ImportRequest): Promise<ImportResult> {
  const { files, pulled, isDryRun, replaces, names, authorship } = request;
  const { clock } = updates;
  let read: ReadImport | undefined;
  let edited: EditedNetwork | undefined;
  const change = async (current: NetworkTables): Promise<{ tables: NetworkTables; isFaulty: boolean }> => {
    read = await readImport(files, current, { names, pulled, clock });
    edited = await inTurns(applyEdits(nameless(current, read.edits.edits), read.edits, replaces), clock);
    return { tables: edited.tables, isFaulty: read.faults.length + edited.faults.length > 0 };
  };
  const result = await updates.update(change, authorship, { isDryRun });
  if ('refused' in result) return { refused: 'network-file-rules' };
  const known = [...(read?.faults ?? []), ...(edited?.faults ?? [])];
  const found =
    'problems' in result
      ? result.problems.map((problem) => locateProblem(problem, result.document, edited?.origins ?? new Map()))
      : [];
  const seen = new Set(known.map(placeKey));
  const faults = [...known, ...found.filter((fault) => fault.line === undefined || !seen.has(placeKey(fault)))];
  return {
    files: read?.files ?? [],
    difference: result.difference ?? [],
    faults: faults.sort(compareFaults),
    ...('version' in result && result.version && { version: result.version }),
  };
}

/** Names an empty network after the first imported provider. */
function nameless(current: NetworkTables, edits: ReadImport['edits']['edits']): NetworkTables {
  if (current.tables.provider.size > 0) return current;
  const name = edits.find(({ kind }) => kind === 'provider')?.fields['name'];
  return typeof name === 'string' ? { ...current, name } : current;
}

/**
 * Identifies the place of a fault. An unreadable cell leaves its field empty, which must not count as a second fault.
 */
function placeKey({ file, line, column }: Fault): string {
  return [file, line, column].join('\n');
}

function compareFaults(a: Fault, b: Fault): number {
  const [left, right] = [a.file ?? '', b.file ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0);
}
