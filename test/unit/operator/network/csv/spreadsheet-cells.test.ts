import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../../src/domain/model/object.js';
import { systemClock } from '../../../../../src/observe/system-clock.js';
import { text } from '../../../../../src/operator/network/csv/cells.js';
import { ALL_COLUMNS } from '../../../../../src/operator/network/csv/columns.js';
import { readCsv } from '../../../../../src/operator/network/csv/read-csv.js';
import {
  decimalMarks,
  spreadsheetRule,
  thousandsRule,
} from '../../../../../src/operator/network/csv/spreadsheet-cells.js';

const columnNamed = (wanted: string) => {
  const found = ALL_COLUMNS.find(({ name }) => name === wanted);
  if (!found) throw new Error(`no column ${wanted}`);
  return found;
};

describe('a text', () => {
  it.each(['#7', '#N/A', '=1', "'x", '8.90123E+12', 'CP\u200b1', '\u200eCP', '1E+05'])(
    'that a spreadsheet or the import would change comes back as it was: %j',
    (value) => {
      const cell = text.write(value, undefined);
      expect(cell).toBe(`'${value}`);
      expect(spreadsheetRule(columnNamed('charge_point_id'), cell)).toBeUndefined();
      expect(text.read(cell, undefined)).toEqual({ value });
    },
  );

  it.each(['CP-1', "O'Hare", "'Aïn", '1E5', 'E+05', 'ಶಕ್ತಿ\u200dಕೇಂದ್ರ', 'Bay #7', '#hashtag of ours'])(
    'may be anything else: %j',
    (value) => {
      expect(spreadsheetRule(columnNamed('charge_point_id'), value)).toBeUndefined();
      expect(spreadsheetRule(columnNamed('charge_point_name'), value)).toBeUndefined();
    },
  );

  it.each(['#N/A', '#NV', '#REF!', '#NAME?', '#DIV/0!', '#WERT!', '#ÜBERLAUF!', 'Err:502'])(
    'is no error: %s',
    (cell) => {
      expect(spreadsheetRule(columnNamed('station_name'), cell)).toBe('is an error of a formula in the spreadsheet');
    },
  );
});

describe('a number with three digits after its mark', () => {
  const faultsOf = async (csv: string): Promise<(string | undefined)[]> => {
    const table = await readCsv('x.csv', Buffer.from(csv), systemClock);
    const marks = atOnce(decimalMarks(table));
    const columns = [...table.columns.values()].flat();
    return table.rows.flatMap(({ cells }) =>
      columns.flatMap(([column, index]) => thousandsRule(column, cells[index] ?? '', marks) ?? []),
    );
  };

  it.each([
    ['our own export', 'charge_point_id,connector_id,max_power_kw\nA,1,22.125\n'],
    ['a file with decimal points', 'charge_point_id,connector_id,max_power_kw,max_energy_kwh\nA,1,22.125,7.5\n'],
    ['a German file', 'charge_point_id;connector_id;max_power_kw\nA;1;22,125\n'],
    ['a file with decimal commas', 'charge_point_id\tconnector_id\tmax_power_kw\tmax_energy_kwh\nA\t1\t22,125\t7,5\n'],
    ['degrees', 'station_id,latitude,longitude,x\ns,"12,971",77.594,1\n'],
    ['an id', 'charge_point_id,station_id,connector_id,max_power_kw\n"1,500",s,1,7.5\n'],
    ['a number below one', 'charge_point_id,connector_id,max_power_kw,max_energy_kwh\nA,1,"0,500",7.5\n'],
  ])('has decimals in %s', async (_what, csv) => {
    expect(await faultsOf(csv)).toEqual([]);
  });

  it.each([
    ['a comma beside points', 'charge_point_id,connector_id,max_power_kw,max_energy_kwh\nA,1,7.4,"1,500"\n'],
    ['a point beside commas', 'charge_point_id;connector_id;max_power_kw;max_energy_kwh\nA;1;7,4;1.500\n'],
    ['a comma without a hint', 'charge_point_id,connector_id,max_energy_kwh\nA,1,"1,500"\n'],
    ['any mark beside both', 'charge_point_id,connector_id,max_power_kw,voltage,max_energy_kwh\nA,1,7.4,"7,4",1.500\n'],
  ])('is doubtful: %s', async (_what, csv) => {
    expect(await faultsOf(csv)).toEqual([expect.stringContaining('may be 1500 or 1.5; write it') as string]);
  });
});
