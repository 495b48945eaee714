import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { atOnce } from '../../../../src/domain/model/object.js';
import { importNetwork, type ImportRequest } from '../../../../src/operator/network/import-network.js';
import { toTables } from '../../../../src/bridge/network/network-tables.js';
import { writeCsv } from '../../../../src/operator/network/csv/write-csv.js';
import { createUpdates, DOCUMENT } from '../../../fakes/network-updates.js';
import { strangersFile, strangersFileWithFaults } from '../../../fakes/strangers-file.js';

type Named = readonly (readonly [name: string, text: string | Buffer])[];

const requestOf = (files: Named, more: Partial<ImportRequest> = {}): ImportRequest => ({
  files: files.map(([name, text]) => ({ name, bytes: Buffer.from(text as string) })),
  pulled: [],
  isDryRun: false,
  replaces: false,
  names: 'evse-uid',
  authorship: { by: 'asha', reason: 'new prices', source: files.map(([name]) => name).join(', ') },
  ...more,
});

const accepted = async (...args: Parameters<typeof importNetwork>) => {
  const result = await importNetwork(...args);
  if ('refused' in result) throw new Error(result.refused);
  return result;
};

describe('an import', () => {
  it("takes a stranger's spreadsheet of 40 stations, 300 charge points, 700 connectors and three tariffs", async () => {
    const { updates, replaced } = await createUpdates(undefined);
    const result = await accepted(updates, requestOf([['Ladepunkte.csv', strangersFile()]]));
    expect(result.faults).toEqual([]);
    expect(result.files).toEqual([
      { file: 'Ladepunkte.csv', format: 'csv', rows: 700, encoding: 'utf-8', delimiter: ';', ignored: ['Notes'] },
    ]);
    const { tables, name } = updates.tables();
    expect([tables.station.size, tables['charge-point'].size, tables.connector.size, tables.tariff.size]).toEqual([
      40, 300, 700, 3,
    ]);
    expect(name).toBe('Müller & Söhne');
    expect(tables.station.get('st-7')?.fields).toMatchObject({ latitude: 48.07, address: 'Hauptstraße 7; Hof' });
    expect(tables.connector.get('MS-0/1')?.fields).toMatchObject({ maxPowerW: 22_500, powerType: 'DC', tariff: 'Tag' });
    expect(replaced.at(-1)?.network.providers[0]?.stations).toHaveLength(40);
    expect(result.version).toMatchObject({ number: 1, by: 'asha', reason: 'new prices', source: 'Ladepunkte.csv' });
    // Importing the same file again changes nothing and creates no version.
    const again = await accepted(updates, requestOf([['Ladepunkte.csv', strangersFile()]]));
    expect([again.difference, again.version]).toEqual([[], undefined]);
  });

  it('reads the same file in Windows-1252', async () => {
    const { updates } = await createUpdates(undefined);
    const bytes = Buffer.from(strangersFile().replace('\uFEFF', ''), 'latin1');
    const result = await accepted(updates, { ...requestOf([]), files: [{ name: 'x.csv', bytes }] });
    expect(result.files).toMatchObject([{ encoding: 'windows-1252' }]);
    expect(updates.tables().tables.tariff.has('Säule')).toBe(true);
  });

  it.each([
    ['utf-16le', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16be', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['utf-16le', (text: string) => Buffer.from(text, 'utf16le')],
    ['utf-16be', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ])('reads the same file in %s, with and without a byte order mark', async (encoding, encode) => {
    const { updates } = await createUpdates(undefined);
    const bytes = encode(strangersFile().replace('\uFEFF', ''));
    const result = await accepted(updates, { ...requestOf([]), files: [{ name: 'x.csv', bytes }] });
    expect(result).toMatchObject({ faults: [], files: [{ encoding, rows: 700 }] });
    expect(updates.tables().tables.tariff.has('Säule')).toBe(true);
  });

  it('tells three deliberate faults with file, line, column, value and rule, and changes nothing', async () => {
    const { updates, replaced, values } = await createUpdates(undefined);
    const request = requestOf([['Ladepunkte.csv', strangersFileWithFaults()]]);
    for (const isDryRun of [true, false]) {
      const { faults } = await accepted(updates, { ...request, isDryRun });
      const file = 'Ladepunkte.csv';
      expect(faults).toHaveLength(3);
      expect(faults[0]).toEqual({
        file,
        line: 5,
        column: 'Power (kW)',
        value: 'sixty',
        rule: 'must be a number such as 7.4 or 7,4, without separators of thousands',
      });
      expect(faults[1]).toMatchObject({
        file,
        line: 301,
        column: 'Current',
        value: 'cd',
        rule: 'must be one of AC, DC',
      });
      expect(faults[2]).toMatchObject({
        file,
        line: 501,
        column: 'Latitude',
        value: expect.stringMatching(/^148,/) as string,
      });
    }
    expect(replaced).toHaveLength(1);
    expect(values.kept.size).toBe(0);
  });
});

/** Returns nine nested levels, each of which contains the previous one nine times. */
function expandingAliases(): string {
  const names = 'abcdefghij';
  const level = (name: string, index: number): string => `${name}: &${name} [${`*${names[index]},`.repeat(9)}]`;
  return [...names.slice(1)].map(level).join('\n');
}

const FORMULA_ERROR = 'is an error of a formula in the spreadsheet';

describe('a fault', () => {
  const faultsOf = async (name: string, text: string, more: Partial<ImportRequest> = {}) => {
    const { updates } = await createUpdates(DOCUMENT);
    return (await accepted(updates, requestOf([[name, text]], more))).faults;
  };

  it.each([
    ['charge_point_id,station_id\nCP9,s2\n', { line: 2, column: 'station_id', value: 's2', didYouMean: 's1' }],
    ['charge_point_id,statoin_id\nCP9,s1\n', { line: 1, column: 'statoin_id', didYouMean: 'station_id' }],
    ['charge_point_id,status\nCP1,plannd\n', { line: 2, column: 'status', value: 'plannd', didYouMean: 'planned' }],
    ['charge_point_id,status\nCP1,\nCP1,planned\n', { line: 3, rule: 'occurs twice; it is on line 2 too' }],
    ['charge_point_id,connector_id,tariff_id\nCP1,1,dai\n', { line: 2, column: 'tariff_id', didYouMean: 'day' }],
    [
      'charge_point_id,connector_id,max_amount\nCP1,2,10.5\n',
      { line: 2, column: 'max_amount', rule: 'has more decimal places than JPY has (0)' },
    ],
    [
      'tariff_id,currency,price_per_kwh\nnew,INR,1000000.005\n',
      { line: 2, column: 'price_per_kwh', rule: 'has more decimal places than INR has (2)' },
    ],
    [
      'tariff_id,currency,price_per_kwh\nnew,INR,90071992547409.93\n',
      { line: 2, column: 'price_per_kwh', rule: 'is too large' },
    ],
    ['charge_point_id,connector_id,phases\nCP1,2,4\n', { line: 2, column: 'phases', value: '4' }],
    ['charge_point_id,connector_id,max_power_kw\nCP1,2,"1.234,5"\n', { line: 2, column: 'max_power_kw' }],
    ['charge_point_id,connector_id,max_power_kw\nCP1,7,22\n', { line: 2, column: 'standard', rule: 'is missing' }],
    ['tariff_id,taxes\nday,GST eighteen\n', { line: 2, column: 'taxes', value: 'GST eighteen' }],
    ['tariff_id,min_price,max_price\nday,10,9\n', { line: 2 }],
    ['station_id,time_zone\ns1,Asia/Kolkatta\n', { line: 2 }],
    [
      'station_id,station_name\ns1,"open\n',
      { rule: 'has a quotation mark that is not closed, or one in the middle of a cell' },
    ],
    [
      'station_id,latitude\ns1,12,9\n',
      { line: 2, rule: 'has more cells than headings; is the delimiter "," inside a text?' },
    ],
    ['station_id,station_name,address\ns1,"a\nb",c\n,x,y\n', { line: 4, column: 'station_id', rule: 'is missing' }],
    ['station_id,station_name\r\ns1,a\n,b\n', { line: 3, column: 'station_id', rule: 'is missing' }],
    ['#,station_id,station_name\n1,s1,a\n2,,b\n', { line: 3, column: 'station_id', rule: 'is missing' }],
    [
      '#,the stations of the south\nstation_id,station_name\n,b\n',
      { line: 3, column: 'station_id', rule: 'is missing' },
    ],
    ['"#";a, b, c and d\nstation_id;station_name\n;b\n', { line: 3, column: 'station_id', rule: 'is missing' }],
    ['#,station_id,station_name\n#,the south\n1,,b\n', { line: 3, column: 'station_id', rule: 'is missing' }],
    ['station_id,station_name\n#N/D,x\n', { line: 2, column: 'station_id', value: '#N/D', rule: FORMULA_ERROR }],
    ['station_id,station_name\n#N/A,x\n', { line: 2, column: 'station_id', value: '#N/A', rule: FORMULA_ERROR }],
    ['station_id,station_name\ns1,#REF!\n', { line: 2, column: 'station_name', rule: FORMULA_ERROR }],
    ['tariff_id,currency,price_per_kwh\n#N/A,INR,18\n', { line: 2, column: 'tariff_id', rule: FORMULA_ERROR }],
    [
      'charge_point_id,station_id\n8.90123E+12,s1\n',
      { line: 2, rule: 'is a number that the spreadsheet has shortened; format its column as text' },
    ],
    [
      'charge_point_id,station_id\nCP9\u200b,s1\n',
      { line: 2, column: 'charge_point_id', rule: 'contains the invisible character U+200B' },
    ],
    [
      'charge_point_id,connector_id,max_power_kw,max_amount\nCP1,1,60.5,"2,000"\n',
      { line: 2, column: 'max_amount', value: '2,000', rule: expect.stringContaining('may be 2000 or 2;') as string },
    ],
    ['PK\u0003\u0004', { rule: 'is a workbook or an archive; save each sheet as CSV' }],
  ])('in CSV: %j', async (text, expected) => {
    expect(await faultsOf('x.csv', text)).toContainEqual(expect.objectContaining({ file: 'x.csv', ...expected }));
  });

  const priced = (restrictions: object) => [{ priceComponents: [{ type: 'ENERGY', price: 1800 }], restrictions }];
  const DATES = [
    ['startDate', '2026-02-30', 'must be a day that exists'],
    ['endDate', '2026-04-31', 'must be a day that exists'],
    ['endDate', '2100-02-29', 'must be a day that exists'],
    ['startDate', '2026-13-01', expect.stringContaining('YYYY-MM-DD, a day that exists')],
    ['endTime', '24:00', expect.stringContaining('HH:mm, to 23:59')],
    ['startTime', '8:00', expect.stringContaining('HH:mm, to 23:59')],
  ] as const;

  it.each(DATES)('is the %s %s, in a cell, in JSON, in YAML and in OCPI', async (name, value, rule) => {
    const elements = priced({ [name]: value });
    const cell = JSON.stringify(elements).replaceAll('"', '""');
    expect(await faultsOf('x.csv', `tariff_id,elements\nday,"${cell}"\n`)).toEqual([
      { file: 'x.csv', line: 2, column: 'elements', path: `elements.0.restrictions.${name}`, value, rule },
    ]);
    const tariff = { currency: 'INR', pricePerKwh: 1800, elements };
    const document = { ...DOCUMENT, tariffs: { ...DOCUMENT.tariffs, seasonal: tariff } };
    const path = `tariffs.seasonal.elements.0.restrictions.${name}`;
    const json = JSON.stringify(document, undefined, 2);
    const line = json.split('\n').findIndex((text) => text.includes(value)) + 1;
    expect(await faultsOf('n.json', json)).toEqual([
      { file: 'n.json', line, column: expect.any(Number) as number, path, value, rule },
    ]);
    expect(await faultsOf('n.yaml', stringify(document))).toMatchObject([{ file: 'n.yaml', path, value, rule }]);
    const member = name.replace(/(?=[A-Z])/, '_').toLowerCase();
    const ocpi = {
      id: 'T1',
      currency: 'INR',
      elements: [
        { price_components: [{ type: 'ENERGY', price: 18, step_size: 1 }], restrictions: { [member]: value } },
      ],
    };
    expect(await faultsOf('tariffs.json', JSON.stringify([ocpi]))).toMatchObject([
      {
        file: 'tariffs.json',
        path: expect.stringContaining('T1') as string,
        value,
        rule: expect.stringContaining(name) as string,
      },
    ]);
  });

  it('is a day that does not exist in the tariff of a single connector', async () => {
    const [provider] = DOCUMENT.providers;
    const text = JSON.stringify(DOCUMENT.providers);
    expect(provider).toBeDefined();
    const tariff = { id: 'own', currency: 'INR', pricePerKwh: 1, elements: priced({ endDate: '2027-02-29' }) };
    const providers = JSON.parse(text.replace(/"tariff":"[^"]*"/, `"tariff":${JSON.stringify(tariff)}`)) as object;
    expect(await faultsOf('n.json', JSON.stringify({ ...DOCUMENT, providers }))).toMatchObject([
      { path: expect.stringMatching(/connectors\.0\.tariff\.elements\.0\.restrictions\.endDate$/) as string },
    ]);
  });

  it('in JSON and YAML has its line and column', async () => {
    const json = JSON.stringify({ ...DOCUMENT, providers: [{ ...DOCUMENT.providers[0], name: 7 }] }, undefined, 2);
    const line = json.split('\n').findIndex((text) => text.includes('"name": 7')) + 1;
    expect(await faultsOf('network.json', json)).toMatchObject([{ line, path: 'providers.0.name', value: '7' }]);
    expect(await faultsOf('n.yaml', 'name: n\nproviders:\n  - id: p\n    name: [1]\n    stations: []\n')).toMatchObject(
      [{ file: 'n.yaml', line: 4, column: 11, path: 'providers.0.name' }],
    );
    expect(await faultsOf('n.json', '{"name": "n",\n"providers": [], "name": "m"}')).toEqual([
      { file: 'n.json', line: 2, column: 18, value: 'name', rule: 'occurs twice in an object' },
    ]);
    expect(await faultsOf('n.yaml', 'name: n\nproviders: [\n')).toEqual([
      { file: 'n.yaml', line: 3, column: 1, rule: expect.stringContaining('cannot be read') as string },
    ]);
  });

  it.each([
    ['expand to any size', `a: &a [${'x,'.repeat(100)}]\n${expandingAliases()}`, 'its aliases expand to too much text'],
    ['contain themselves', 'a: &a [*a]\n', 'its aliases expand to too much text'],
  ])('in YAML is an alias that may %s', async (_, text, rule) => {
    expect(await faultsOf('n.yaml', text)).toEqual([{ file: 'n.yaml', rule: `cannot be read: ${rule}` }]);
  });

  it('in YAML is nesting that exhausts the stack, and a number without a JSON form', async () => {
    expect(await faultsOf('n.yaml', '['.repeat(100_000))).toMatchObject([
      { file: 'n.yaml', line: 1, rule: expect.stringContaining('cannot be read') as string },
    ]);
    expect(await faultsOf('n.yaml', 'name: .inf\nproviders: []\n')).toMatchObject([{ line: 1, path: 'name' }]);
  });
});

describe('what is imported', () => {
  it('has the currency of each amount that changes, unless that changes too', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    const fieldsOf = async (name: string, text: string) =>
      (await accepted(updates, requestOf([[name, text]]))).difference.flatMap(({ fields = [] }) => fields);
    expect(await fieldsOf('p.csv', 'charge_point_id,connector_id,max_amount\nCP1,2,777\n')).toMatchObject([
      { field: 'options.amount', after: 777, currency: 'JPY' },
    ]);
    const other = await fieldsOf(
      't.csv',
      'tariff_id,currency,price_per_kwh,service_fee,min_price\nday,KWD,1.5,0.1,2\n',
    );
    expect(other.filter(({ currency }) => currency !== undefined)).toEqual([]);
    expect(other.map(({ field }) => field)).toContain('pricePerKwh');
  });

  it('is added and changed, and what no file mentions stays', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    const text = 'tariff_id;price_per_kwh\nday;19,5\n';
    const { difference } = await accepted(updates, requestOf([['preise.csv', text]]));
    expect(difference).toEqual([
      {
        kind: 'tariff',
        id: 'day',
        change: 'changed',
        fields: [{ field: 'pricePerKwh', before: 1850, after: 1950, currency: 'INR' }],
      },
    ]);
    expect(updates.tables().tables.connector.size).toBe(3);
    expect(updates.document().providers[0]?.settlementAccount).toEqual({ vpa: 'x@y' });
  });

  it('moves, plans and withdraws by a file of charge points', async () => {
    const { updates } = await createUpdates(DOCUMENT, {
      openOrders: [
        { state: 'charging', connector: { providerId: 'm', stationId: 's1', chargePointId: 'CP1', connectorId: 1 } },
      ],
    });
    const stations =
      'station_id,provider_id,station_name,latitude,longitude,address,city_code,city,country_code,country,time_zone\ns2,empty,S,1,2,a,c,C,IND,India,Asia/Kolkata\n';
    const points = 'charge_point_id,station_id,status\nCP1,s2,\nCP2,s1,withdrawn\n';
    const { difference } = await accepted(
      updates,
      requestOf([
        ['s.csv', stations],
        ['c.csv', points],
      ]),
    );
    expect(difference.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['station', 's2', 'added'],
      ['charge-point', 'CP2', 'withdrawn'],
      ['charge-point', 'CP1', 'moved'],
    ]);
    expect(difference[2]?.warning).toBe('1 order is under way: they finish and are billed, and show the new station');
  });

  it('removes what the files do not mention only if they replace all', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    const wide = writeCsv(atOnce(toTables(DOCUMENT)), 'wide')
      .split('\r\n')
      .filter((line) => !line.includes('CP2'))
      .join('\r\n');
    expect((await accepted(updates, requestOf([['w.csv', wide]]))).difference).toEqual([]);
    const { difference } = await accepted(updates, requestOf([['w.csv', wide]], { replaces: true }));
    expect(difference.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['charge-point', 'CP2', 'removed'],
      ['connector', 'CP2/1', 'removed'],
    ]);
  });

  it('may be a network document, in JSON or YAML', async () => {
    const { updates } = await createUpdates(undefined);
    expect((await accepted(updates, requestOf([['n.json', JSON.stringify(DOCUMENT)]]))).faults).toEqual([]);
    expect(updates.document()).toEqual(DOCUMENT);
    const yaml = 'name: Other\nproviders:\n  - {id: empty, name: Now called so, stations: []}\n';
    const { difference } = await accepted(updates, requestOf([['n.yaml', yaml]]));
    expect(difference.map(({ kind, id, change }) => [kind, id, change])).toEqual([
      ['network', 'Other', 'changed'],
      ['provider', 'empty', 'changed'],
    ]);
  });

  it('may be YAML in which thousands of connectors share an alias', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    const [provider] = DOCUMENT.providers;
    const options = { energy: 60_000 };
    const points = Array.from({ length: 1500 }, (_, n) => ({
      id: `P${n}`,
      connectors: [{ connectorId: 1, standard: 'CCS2', powerType: 'DC', maxPowerW: 60_000, tariff: 'day', options }],
    }));
    const stations = [{ ...provider?.stations[0], chargePoints: points }];
    const yaml = stringify({ ...DOCUMENT, providers: [{ ...provider, stations }] });
    expect(yaml).toContain('*a1');
    const { faults, difference } = await accepted(updates, requestOf([['n.yaml', yaml]]));
    expect([faults, difference.filter(({ change }) => change === 'added').length]).toEqual([[], 3000]);
  });

  it('is refused while a network file rules, but can be tried', async () => {
    const { updates } = await createUpdates(DOCUMENT, { networkFile: '/x/network.json' });
    const request = requestOf([['t.csv', 'tariff_id,price_per_kwh\nday,19.5\n']]);
    expect(await importNetwork(updates, request)).toEqual({ refused: 'network-file-rules' });
    const tried = await accepted(updates, { ...request, isDryRun: true });
    expect(tried).toMatchObject({ difference: [{ id: 'day' }] });
    expect(updates.history.list()).toHaveLength(1);
  });
});
