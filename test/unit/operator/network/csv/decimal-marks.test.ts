import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../../src/domain/model/object.js';
import { systemClock } from '../../../../../src/observe/system-clock.js';
import { decimalMarks, thousandsRule } from '../../../../../src/operator/network/csv/decimal-marks.js';
import { readCsv } from '../../../../../src/operator/network/csv/read-csv.js';

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
