import { describe, expect, it } from 'vitest';
import { formatFields, formatTable, styleFor, wrap } from '../../../../../src/operator/command-line/frame/style.js';

const PIPE = styleFor({}, {});
const terminal = (columns: number) => styleFor({ isTTY: true, columns }, {});
const LONG = 'a'.repeat(60);

describe('a table', () => {
  it('is whole in a pipe', () => {
    expect(formatTable(PIPE, ['Id', 'Text'], [['1', LONG]])).toBe(`Id  Text\n1   ${LONG}`);
  });

  it.for([20, 40, 80, 200])('fits a terminal of %d columns, and cuts its widest columns first', (columns) => {
    const lines = formatTable(terminal(columns), ['Id', 'One', 'Two'], [['short', LONG, LONG]]).split('\n');
    // oxlint-disable-next-line no-control-regex
    const widths = lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, '').length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(columns, 8 + 8 + 5 + 4));
    expect(lines[1]).toContain('short');
    if (columns === 200) expect(lines[1]).not.toContain('…');
  });

  it('shows text of others without its control characters', () => {
    expect(formatTable(PIPE, ['Id'], [['a\u001b[31mb\nc\u202ed']])).toBe('Id\na [31mb c d');
  });
});

describe('colours', () => {
  it.for([
    ['on a terminal', { isTTY: true }, {}, true],
    ['in a pipe', {}, {}, false],
    ['with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
    ['on a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ] as const)('%s', ([, stream, env, isColoured]) => {
    expect(styleFor(stream, env).colour('red', 'x') !== 'x').toBe(isColoured);
  });
});

describe('fields and paragraphs', () => {
  it('leave out what is absent, and align the rest', () => {
    const fields = [
      ['id', '1'],
      ['longer', '2'],
      ['none', undefined],
    ] as const;
    expect(formatFields(fields)).toBe('id      1\nlonger  2');
  });

  it('break between words', () => {
    expect(wrap('one two three', 8, '  ')).toBe('one two\n  three');
  });
});
