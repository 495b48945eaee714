import { describe, expect, it } from 'vitest';
import { text } from '../../../../../src/operator/network/csv/cells.js';
import { ALL_COLUMNS } from '../../../../../src/operator/network/csv/columns.js';
import { spreadsheetRule } from '../../../../../src/operator/network/csv/spreadsheet-cells.js';

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

  it.each([
    ...['#N/A', '#NV', '#N/D', '#N/B', '#I/T', '#Н/Д', '#YOK', '#HIÁNYZIK', '#NENÍ_K_DISPOZICI'],
    ...['#REF!', '#NAME?', '#DIV/0!', '#WERT!', '#ÜBERLAUF!', '#¡VALOR!', '#¿NOMBRE?', '#¡DIV/0!', 'Err:502'],
  ])('is no error: %s', (cell) => {
    expect(spreadsheetRule(columnNamed('station_name'), cell)).toBe('is an error of a formula in the spreadsheet');
  });
});
