/** Writes the network as CSV. Importing the file changes nothing, and the next export is identical. */
import type { Json } from '../../../domain/model/object.js';
import type { EntityKind, Entry, Fields, NetworkTables } from '../../../bridge/network/network-tables.js';
import { FILE_COLUMNS, KEY_FIELD, PARENT, type Column, type FileKind } from './columns.js';

/** Excel recognises UTF-8 only by its byte order mark. */
const BOM = '\uFEFF';
const LINE_END = '\r\n';

/** The entries that one row contains, with their keys. */
type Row = { readonly [kind in EntityKind]?: { readonly key: string; readonly entry: Entry } };

export function writeCsv(tables: NetworkTables, kind: FileKind): string {
  return BOM + lines(tables, kind).join('');
}

/** Writes the export, preceded by notes that explain its columns. */
export function writeTemplate(tables: NetworkTables, kind: FileKind): string {
  const remarks = [
    `# ${kind}.csv: rows that begin with # are notes. Numbers may have a decimal comma, and cells may be separated by semicolons.`,
    ...FILE_COLUMNS[kind].map(({ name, about }) => `# ${name}: ${about}`),
  ];
  return BOM + [...remarks.map((remark) => writeLine([remark])), ...lines(tables, kind)].join('');
}

function lines(tables: NetworkTables, kind: FileKind): string[] {
  const columns = FILE_COLUMNS[kind];
  const rows = buildRows(tables, kind).map((row) => writeLine(columns.map((column) => writeCell(column, row, tables))));
  return [writeLine(columns.map(({ name }) => name)), ...rows];
}

function buildRows(network: NetworkTables, kind: FileKind): Row[] {
  const { tables } = network;
  const all = (table: EntityKind): Row[] => [...tables[table]].map(([key, entry]) => ({ [table]: { key, entry } }));
  if (kind === 'charge-points') return all('charge-point');
  if (kind === 'connectors') return all('connector');
  if (kind === 'tariffs') return all('tariff');
  const withParents = (row: Row): Row =>
    addParent(addParent(addParent(row, 'connector', network), 'charge-point', network), 'station', network);
  const outer = (child: EntityKind, parents: EntityKind): Row[] => {
    const named = new Set([...tables[child].values()].map(({ parent }) => parent));
    return all(parents)
      .filter((row) => !named.has(row[parents]?.key))
      .map(withParents);
  };
  const providers = outer('station', 'provider');
  if (kind === 'stations') return [...all('station').map(withParents), ...providers];
  const connectors = all('connector').map((row) => withTariff(withParents(row), network));
  const used = new Set(connectors.map((row) => row.tariff?.key));
  const tariffs = all('tariff').filter((row) => !used.has(row.tariff?.key));
  return [
    ...connectors,
    ...outer('connector', 'charge-point'),
    ...outer('charge-point', 'station'),
    ...providers,
    ...tariffs,
  ];
}

const CONTAINER: { readonly [kind: string]: EntityKind } = {
  connector: 'charge-point',
  'charge-point': 'station',
  station: 'provider',
};

function addParent(row: Row, child: EntityKind, { tables }: NetworkTables): Row {
  const parentKind = CONTAINER[child];
  const key = row[child]?.entry.parent;
  const entry = parentKind && key !== undefined ? tables[parentKind].get(key) : undefined;
  return parentKind && key !== undefined && entry ? { ...row, [parentKind]: { key, entry } } : row;
}

function withTariff(row: Row, { tables }: NetworkTables): Row {
  const key = row.connector?.entry.fields['tariff'];
  const entry = typeof key === 'string' ? tables.tariff.get(key) : undefined;
  return typeof key === 'string' && entry ? { ...row, tariff: { key, entry } } : row;
}

function writeCell(column: Column, row: Row, { tables }: NetworkTables): string {
  const found = row[column.kind];
  // In a wide file, the id of a tariff that no connector uses is in the column in which connectors name their tariff.
  if (!found) return column.field === 'tariff' && row.tariff ? column.format.write(row.tariff.key, undefined) : '';
  const { key, entry } = found;
  if (column.field === PARENT) return column.format.write(entry.parent ?? '', undefined);
  if (column.field === KEY_FIELD[column.kind] && column.kind !== 'connector')
    return column.format.write(key, undefined);
  const value = fieldOf(entry.fields, column.field);
  if (value === undefined) return '';
  const tariff = column.kind === 'tariff' ? entry.fields : tables.tariff.get(String(entry.fields['tariff']))?.fields;
  const currency = tariff?.['currency'];
  return column.format.write(value, typeof currency === 'string' ? currency : undefined);
}

function fieldOf(fields: Fields, path: string): Json | undefined {
  let value: Json | undefined = fields;
  for (const name of path.split('.'))
    value = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields)[name] : undefined;
  return value;
}

function writeLine(cells: readonly string[]): string {
  return cells.map(quoted).join(',') + LINE_END;
}

function quoted(cell: string): string {
  return /[",;\r\n\t|]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
