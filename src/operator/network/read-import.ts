/**
 * Reads import files, whose format is recognised by name and content, and combines their edits with those of objects
 * pulled from an OCPI peer.
 */
import { CsvEdits } from './csv/csv-edits.js';
import { decodeText } from './csv/decode-text.js';
import { readCsv, type CsvTable } from './csv/read-csv.js';
import type { Edit, Edits } from './edits/edits.js';
import type { Fault } from './edits/fault.js';
import { type Clock, inTurns, type TurnClock } from '../../ports/runtime.js';
import type { NetworkTables } from '../../bridge/network/network-tables.js';
import type { ChargePointNames } from './ocpi/location-edits.js';
import { OneObjectPerEntry } from './ocpi/one-object-per-entry.js';
import { ocpiEdits, ocpiObjects, type PulledObjects } from './ocpi/read-ocpi.js';
import { documentEdits, parseText } from './read-document.js';

export interface ImportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How a file, or the objects that were pulled from one address, were interpreted. */
export interface FileNote {
  readonly file: string;
  readonly format: 'csv' | 'network document' | 'ocpi';
  readonly rows?: number;
  readonly encoding?: string;
  readonly delimiter?: string;
  /** CSV headings that were ignored. */
  readonly ignored?: readonly string[];
  /** Statements in the file that the network cannot express, such as a tariff's end. They do not stop the import. */
  readonly warnings?: readonly string[];
}

export interface ReadImport {
  readonly edits: Edits;
  readonly faults: readonly Fault[];
  readonly files: readonly FileNote[];
}

export async function readImport(
  given: readonly ImportFile[],
  current: NetworkTables,
  {
    names,
    pulled = [],
    clock,
  }: {
    readonly names: ChargePointNames;
    readonly pulled?: readonly PulledObjects[];
    /** Lets other work run between steps. Its time decides which tariffs are valid. */
    readonly clock: TurnClock & Pick<Clock, 'now'>;
  },
): Promise<ReadImport> {
  const faults: Fault[] = [];
  const files: FileNote[] = [];
  const edits: Edit[] = [];
  const tables: CsvTable[] = [];
  let name: string | undefined;
  const entries = new OneObjectPerEntry();
  const addOcpi = async (file: string, objects: PulledObjects['objects']): Promise<void> => {
    const {
      edits: mapped,
      faults: found,
      warnings,
    } = await inTurns(ocpiEdits(file, objects, { names, now: clock.now() }), clock);
    for (const edit of mapped) {
      const fault = entries.check(edit);
      if (fault) faults.push(fault);
      edits.push(withoutRestoring(edit, current));
    }
    faults.push(...found);
    files.push({ file, format: 'ocpi', rows: objects.length, ...(warnings.length > 0 && { warnings }) });
  };
  for (const file of given) {
    if (isWorkbook(file)) {
      faults.push({ file: file.name, rule: 'is a workbook or an archive; save each sheet as CSV' });
      continue;
    }
    if (isCsv(file)) {
      const table = await readCsv(file.name, file.bytes, clock);
      const { encoding, delimiter, ignored, rows } = table;
      tables.push(table);
      faults.push(...table.faults);
      const note = { file: file.name, format: 'csv', rows: rows.length, encoding, delimiter } as const;
      files.push({ ...note, ...(ignored.length > 0 && { ignored }) });
      continue;
    }
    const { text } = decodeText(file.bytes);
    const parsed = await parseText(file.name, text);
    if ('faults' in parsed) {
      faults.push(...parsed.faults);
      continue;
    }
    const objects = ocpiObjects(parsed.value);
    if (objects) {
      await addOcpi(file.name, objects);
      continue;
    }
    files.push({ file: file.name, format: 'network document' });
    const read = await documentEdits(file.name, { value: parsed.value, text }, clock);
    if ('faults' in read) faults.push(...read.faults);
    else {
      name = read.name ?? name;
      for (const edit of read.edits) edits.push(edit);
    }
  }
  for (const { source, objects } of pulled) await addOcpi(source, objects);
  const csv = new CsvEdits(current);
  for (const edit of await inTurns(csv.read(tables), clock)) edits.push(edit);
  faults.push(...csv.faults);
  return { edits: { ...(name !== undefined && { name }), edits }, faults, files };
}

/** What a person withdrew stays withdrawn, whatever OCPI states. What OCPI withdrew, it may restore. */
function withoutRestoring(edit: Edit, { tables }: NetworkTables): Edit {
  if (edit.kind !== 'charge-point') return edit;
  const { status, withdrawnBy } = tables['charge-point'].get(edit.key)?.fields ?? {};
  if (status !== 'withdrawn' || withdrawnBy === 'ocpi') return edit;
  const { status: _status, withdrawnBy: _withdrawnBy, ...fields } = edit.fields;
  return { ...edit, fields };
}

/** Whether a file is a ZIP archive, such as .xlsx and .ods, or a compound file, such as .xls. */
function isWorkbook({ bytes }: ImportFile): boolean {
  const head = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  return head === '504b0304' || head === 'd0cf11e0';
}

/** Whether a file is CSV. The content decides if the name does not. */
function isCsv({ name, bytes }: ImportFile): boolean {
  if (/\.(csv|tsv|txt)$/i.test(name)) return true;
  if (/\.(json|ya?ml)$/i.test(name)) return false;
  const head = decodeText(bytes.subarray(0, 4096)).text.trimStart();
  return !/^[[{]/.test(head) && !/^(name|providers|tariffs|---)\b.*:?\s*$/m.test(head);
}
