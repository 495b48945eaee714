/** Turns the rows of CSV files into edits of the network, with the place of every cell. */
import type { Json, Steps } from '../../../domain/model/object.js';
import type { Edit, Origin } from '../edits/edits.js';
import { type Fault, shownValue } from '../edits/fault.js';
import { connectorEntryKey, type EntityKind, type NetworkTables } from '../../../bridge/network/network-tables.js';
import { columnOfField, type Column, isInService, KEY_FIELD, PARENT } from './columns.js';
import { type DecimalMarks, decimalMarks, thousandsRule } from './decimal-marks.js';
import { columnKey, type CsvRow, type CsvTable } from './read-csv.js';
import { spreadsheetRule } from './spreadsheet-cells.js';

/** Tariffs come first, because amounts need their currency. Parents come before the entries that they contain. */
const READING_ORDER: readonly EntityKind[] = ['tariff', 'provider', 'station', 'charge-point', 'connector'];

interface EditDraft {
  readonly edit: Edit & { readonly fields: { [path: string]: Json | undefined } };
  /** For each column, by name: its first non-empty text, or '' if all are empty, with the place of that text. */
  readonly cells: Map<string, { readonly text: string; readonly line: number; readonly heading: string }>;
}

/** Reads all files together, since a connector in one may refer to a tariff in another. */
export class CsvEdits {
  readonly faults: Fault[] = [];
  readonly #current: NetworkTables;
  readonly #drafts = new Map<string, EditDraft>();
  /** The ids of the providers, including those in the files. */
  readonly #providers: Set<string>;
  readonly #marks = new Map<CsvTable, DecimalMarks>();

  constructor(current: NetworkTables) {
    this.#current = current;
    this.#providers = new Set(current.tables.provider.keys());
  }

  /**
   * Reads the edits of all tables. Each row takes one step to find the decimal marks of its file, and one for each kind
   * that the file describes.
   */
  *read(tables: readonly CsvTable[]): Steps<Edit[]> {
    for (const table of tables) this.#marks.set(table, yield* decimalMarks(table));
    for (const kind of READING_ORDER)
      for (const table of tables) if (describes(table, kind)) yield* this.#readKind(table, kind);
    for (const table of tables)
      if (!READING_ORDER.some((kind) => describes(table, kind)) && table.faults.length === 0)
        this.faults.push({ file: table.file, rule: 'has no headings that describe stations, chargers or tariffs' });
    return [...this.#drafts.values()].map(({ edit }) => edit);
  }

  *#readKind(table: CsvTable, kind: EntityKind): Steps<void> {
    const columns = table.columns.get(kind) ?? [];
    const isMain = mainKind(table) === kind;
    const firstLines = new Map<string, number>();
    for (const row of table.rows) {
      yield;
      const key = this.#keyOf(table, row, kind);
      if (key === undefined) {
        if (isMain && !hasOtherKey(table, row, kind))
          this.faults.push({ file: table.file, line: row.line, ...missingKey(kind), rule: 'is missing' });
        continue;
      }
      const first = firstLines.get(key);
      if (isMain && first !== undefined && kind !== 'tariff')
        this.faults.push({
          file: table.file,
          line: row.line,
          value: key,
          rule: `occurs twice; it is on line ${first} too`,
        });
      firstLines.set(key, first ?? row.line);
      this.#readEntry({ table, row, kind, columns, key });
    }
  }

  #keyOf(table: CsvTable, row: CsvRow, kind: EntityKind): string | undefined {
    const own = cellOf(table, row, kind, KEY_FIELD[kind]);
    if (kind !== 'connector') return own;
    const chargePointId = cellOf(table, row, 'connector', PARENT) ?? cellOf(table, row, 'charge-point', 'id');
    return own === undefined || chargePointId === undefined ? undefined : connectorEntryKey(chargePointId, Number(own));
  }

  #readEntry(entry: {
    readonly table: CsvTable;
    readonly row: CsvRow;
    readonly kind: EntityKind;
    readonly columns: readonly (readonly [Column, number])[];
    readonly key: string;
  }): void {
    const { table, row, kind, columns, key } = entry;
    const draft = this.#draftOf(table, row, kind, key);
    const parent = parentOf(table, row, kind);
    const currency = this.#currencyOf(table, row, kind);
    const parentColumn = columnOfField(kind, PARENT);
    if (parent !== undefined && parentColumn) {
      if (draft.edit.parent !== undefined && draft.edit.parent !== parent)
        this.#contradicts(table, row, { column: parentColumn.name, heading: parentColumn.name, text: parent, draft });
    }
    for (const [column, index] of columns) {
      if (column.field === PARENT) continue;
      const text = (row.cells[index] ?? '').trim();
      const heading = table.headings[index] ?? column.name;
      const known = draft.cells.get(column.name);
      // In a wide file, a station's cells may be filled in only one of its rows.
      if (known && (known.text !== '' || text === '')) {
        if (text !== '' && text !== known.text)
          this.#contradicts(table, row, { column: column.name, heading, text, draft });
        continue;
      }
      draft.cells.set(column.name, { text, line: row.line, heading });
      const reading = readCell(column, text, { currency, marks: this.#marks.get(table) });
      if ('rule' in reading) {
        this.faults.push({
          file: table.file,
          line: row.line,
          column: heading,
          value: shownValue(text),
          ...reading,
        });
      } else if (kind !== 'tariff' || column.field !== 'id') draft.edit.fields[column.field] = reading.value;
    }
  }

  #contradicts(
    table: CsvTable,
    row: CsvRow,
    found: { readonly column: string; readonly heading: string; readonly text: string; readonly draft: EditDraft },
  ): void {
    const { column, heading, text, draft } = found;
    const { line } = draft.cells.get(column) ?? { line: draft.edit.origin.line };
    const rule = `differs from what line ${line} of ${draft.edit.origin.file} says of the same ${draft.edit.kind.replace('-', ' ')}`;
    this.faults.push({ file: table.file, line: row.line, column: heading, value: shownValue(text), rule });
  }

  #draftOf(table: CsvTable, row: CsvRow, kind: EntityKind, key: string): EditDraft {
    const id = `${kind} ${key}`;
    const known = this.#drafts.get(id);
    if (known) return known;
    const cells: EditDraft['cells'] = new Map();
    const parent = parentOf(table, row, kind) ?? (kind === 'station' ? this.#onlyProvider() : undefined);
    const origin: Origin = { file: table.file, line: row.line, locate: (field) => locate(kind, field, cells) };
    const draft: EditDraft = {
      edit: { kind, key, ...(parent !== undefined && { parent }), fields: {}, origin },
      cells,
    };
    this.#drafts.set(id, draft);
    if (kind === 'provider') this.#providers.add(key);
    return draft;
  }

  /** Returns the only provider, which a file need not name; `undefined` if there are several or none. */
  #onlyProvider(): string | undefined {
    const [only] = this.#providers;
    return this.#providers.size === 1 ? only : undefined;
  }

  #currencyOf(table: CsvTable, row: CsvRow, kind: EntityKind): string | undefined {
    if (kind !== 'tariff' && kind !== 'connector') return undefined;
    const key = this.#keyOf(table, row, kind) ?? '';
    const named = kind === 'tariff' ? key : cellOf(table, row, 'connector', 'tariff');
    const former = this.#current.tables.connector.get(key)?.fields['tariff'];
    const tariffId = named ?? (typeof former === 'string' ? former : '');
    const own = kind === 'tariff' ? cellOf(table, row, 'tariff', 'currency') : undefined;
    const written = this.#drafts.get(`tariff ${tariffId}`)?.edit.fields['currency'];
    const currency = own ?? written ?? this.#current.tables.tariff.get(tariffId)?.fields['currency'];
    return typeof currency === 'string' ? currency : undefined;
  }
}

function readCell(
  column: Column,
  text: string,
  { currency, marks = new Set() }: { readonly currency: string | undefined; readonly marks?: DecimalMarks | undefined },
): { readonly value: Json | undefined } | { readonly rule: string; readonly didYouMean?: string } {
  if (text === '' || isInService(column, text.toLowerCase())) return { value: undefined };
  const rule = spreadsheetRule(column, text) ?? thousandsRule(column, text, marks);
  return rule === undefined ? column.format.read(text, currency) : { rule };
}

/**
 * Whether a file has the key column of a kind and another of its columns. The column that names the parent counts as
 * another only for a charge point.
 */
function describes(table: CsvTable, kind: EntityKind): boolean {
  const columns = table.columns.get(kind) ?? [];
  const hasKey = columns.some(([{ field }]) => field === KEY_FIELD[kind]);
  // A heading such as `provider_id` in a file of stations names the parent; by itself it describes no provider.
  return (
    hasKey && columns.some(([{ field }]) => field !== KEY_FIELD[kind] && !(field === PARENT && kind !== 'charge-point'))
  );
}

/** Returns the kind that has one row per entry, which is the innermost kind that the file describes. */
function mainKind(table: CsvTable): EntityKind | undefined {
  return (['connector', 'charge-point', 'station', 'provider', 'tariff'] as const).find((kind) =>
    describes(table, kind),
  );
}

function cellOf(table: CsvTable, row: CsvRow, kind: EntityKind, field: string): string | undefined {
  const column = table.byField.get(columnKey(kind, field));
  const text = column === undefined ? '' : (row.cells[column[1]] ?? '').trim();
  if (text === '') return undefined;
  const reading = field === KEY_FIELD.connector ? { value: text } : column?.[0].format.read(text, undefined);
  return reading && 'value' in reading ? String(reading.value) : text;
}

function parentOf(table: CsvTable, row: CsvRow, kind: EntityKind): string | undefined {
  return cellOf(table, row, kind, PARENT);
}

function hasOtherKey(table: CsvTable, row: CsvRow, kind: EntityKind): boolean {
  if (mainKind(table) === kind && cellOf(table, row, kind, KEY_FIELD[kind]) !== undefined) return false;
  return READING_ORDER.some(
    (other) => other !== kind && describes(table, other) && cellOf(table, row, other, KEY_FIELD[other]) !== undefined,
  );
}

function missingKey(kind: EntityKind): { readonly column?: string } {
  const column = columnOfField(kind, KEY_FIELD[kind]);
  return column ? { column: column.name } : {};
}

/**
 * Returns the place of a field in its file. A field within a cell of JSON gets a path and no value, so that its own
 * value is shown instead of the whole cell, which is long.
 */
function locate(
  kind: EntityKind,
  field: string,
  cells: EditDraft['cells'],
): Pick<Fault, 'line' | 'column' | 'path' | 'value'> {
  const column = columnOfField(kind, field);
  if (!column) return {};
  const cell = cells.get(column.name);
  const isPart = field.startsWith(`${column.field}.`) && /^[[{]/.test(cell?.text ?? '');
  return {
    column: cell?.heading ?? column.name,
    ...(cell && { line: cell.line }),
    ...(isPart && { path: field }),
    ...(!isPart && cell && cell.text !== '' && { value: shownValue(cell.text) }),
  };
}
