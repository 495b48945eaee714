import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../../src/domain/model/object.js';
import { systemClock } from '../../../../../src/observe/system-clock.js';
import { readShippedFile } from '../../../../../src/config/layers.js';
import type { NetworkDocument } from '../../../../../src/config/network-file/load-network.js';
import { checkNetwork } from '../../../../../src/config/network-file/load-network.js';
import { FILE_KINDS, type FileKind } from '../../../../../src/operator/network/csv/columns.js';
import { writeCsv, writeTemplate } from '../../../../../src/operator/network/csv/write-csv.js';
import { findDifference } from '../../../../../src/bridge/network/network-difference.js';
import { applyEdits } from '../../../../../src/operator/network/edits/edits.js';
import {
  EMPTY_NETWORK,
  toDocument,
  toTables,
  type NetworkTables,
} from '../../../../../src/bridge/network/network-tables.js';
import { readImport } from '../../../../../src/operator/network/read-import.js';
import { DOCUMENT } from '../../../../fakes/network-updates.js';

const { $schema: _, ...DEMO } = JSON.parse(readShippedFile('network.demo.json')) as NetworkDocument & {
  $schema: string;
};

async function importInto(
  current: NetworkTables,
  files: readonly (readonly [FileKind, string])[],
): Promise<NetworkTables> {
  const given = files.map(([name, text]) => ({ name: `${name}.csv`, bytes: Buffer.from(text) }));
  const read = await readImport(given, current, { names: 'evse-uid', clock: systemClock });
  expect(read.faults).toEqual([]);
  const edited = atOnce(applyEdits(current, read.edits, false));
  expect(edited.faults).toEqual([]);
  return edited.tables;
}

const PARTS = ['stations', 'charge-points', 'connectors', 'tariffs'] as const;

describe.each([
  ['the demo', DEMO],
  ['a network that uses every column', DOCUMENT],
])('the export of %s', (_name, document) => {
  const tables = atOnce(toTables(document));

  it.each(FILE_KINDS)('changes nothing when %s is imported again', async (kind) => {
    const again = await importInto(tables, [[kind, writeCsv(tables, kind)]]);
    expect(atOnce(findDifference(tables, again))).toEqual([]);
    for (const other of FILE_KINDS) expect(writeCsv(again, other)).toBe(writeCsv(tables, other));
  });

  it.each([
    ['its parts', PARTS],
    ['the wide file', ['wide'] as const],
  ])('builds the same network from %s in an empty bridge, byte for byte', async (_what, kinds) => {
    const built = await importInto(
      atOnce(toTables(EMPTY_NETWORK)),
      kinds.map((kind) => [kind, writeCsv(tables, kind)] as const),
    );
    for (const kind of FILE_KINDS) expect(writeCsv(built, kind)).toBe(writeCsv(tables, kind));
    expect('faults' in atOnce(checkNetwork(atOnce(toDocument(built))))).toBe(false);
  });

  it('is imported from the template too, whose notes explain every column', async () => {
    const template = writeTemplate(tables, 'wide');
    expect(atOnce(findDifference(tables, await importInto(tables, [['wide', template]])))).toEqual([]);
    expect(template).toContain('# max_power_kw: Rated power, kW. Required.');
  });

  it('survives a spreadsheet of another country: semicolons, decimal commas, Windows-1252 and quoted notes', async () => {
    const excel = writeTemplate(tables, 'tariffs')
      .replace('\uFEFF', '')
      .split('\r\n')
      .map((line) => (line.startsWith('"#') || line.startsWith('#') ? line : toSemicolons(line)))
      .join('\r\n');
    const bytes = Buffer.from(excel, 'latin1');
    const read = await readImport([{ name: 'Tarife.csv', bytes }], tables, { names: 'evse-uid', clock: systemClock });
    expect(read.faults).toEqual([]);
    expect(read.files).toMatchObject([{ delimiter: ';' }]);
    expect(atOnce(findDifference(tables, atOnce(applyEdits(tables, read.edits, false)).tables))).toEqual([]);
  });
});

/** Converts a line to semicolons and decimal commas. Outside quotation marks, only prices have a decimal point. */
function toSemicolons(line: string): string {
  return line
    .split(/("(?:[^"]|"")*")/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(',', ';').replaceAll(/(\d)\.(\d)/g, '$1,$2')))
    .join('');
}

describe('a cell', () => {
  it('cannot become a formula, and comes back as it was', () => {
    const text = writeCsv(atOnce(toTables(DOCUMENT)), 'stations');
    expect(text).toContain("'=Straße|1");
    expect(text).toContain("'+4989123");
  });

  it('shows money in the main unit of its own currency', () => {
    const text = writeCsv(atOnce(toTables(DOCUMENT)), 'connectors');
    expect(text).toMatch(/CP1,1,CCS2,DC,60\.5,,,day,60,2000\.50,120\.01666666666667,90,/);
    expect(text).toMatch(/CP1,2,Type2,AC,7\.4,1,,night,,5000,,,/);
  });
});
