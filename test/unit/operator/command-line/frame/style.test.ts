import { describe, expect, it } from 'vitest';
import {
  formatFields,
  formatRecords,
  formatTable,
  printable,
  styleFor,
  wrap,
  wrapLines,
} from '../../../../../src/operator/command-line/frame/style.js';

const PIPE = styleFor({}, {});
const terminal = (columns: number) => styleFor({ isTTY: true, columns }, {});
const LONG = 'a'.repeat(60);
// oxlint-disable-next-line no-control-regex
const plain = (text: string): string[] => text.replaceAll(/\u001b\[\d+m/g, '').split('\n');

describe('a table', () => {
  it('is whole in a pipe', () => {
    expect(formatTable(PIPE, ['Id', 'Text'], [['1', LONG]])).toBe(`Id  Text\n1   ${LONG}`);
  });

  it.for([40, 60, 80])('on a terminal of %d columns cuts prose, and nothing else', (columns) => {
    const rows = [['an-id-that-is-copied', LONG, '2026-11-30']];
    const lines = plain(formatTable(terminal(columns), ['Id', 'Reason', 'When'], rows, { prose: ['Reason'] }));
    if (columns === 40)
      expect(lines.slice(-2)).toEqual(['No room for: When. A wider terminal and', '--json have them.']);
    else expect(lines[1]).toMatch(/^an-id-that-is-copied {2}a+… {2}2026-11-30$/);
    expect(Math.max(...lines.slice(0, 2).map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('on a narrow terminal leaves out its last columns and names them', () => {
    const lines = plain(formatTable(terminal(50), ['Id', 'One', 'Two'], [['short', 'b'.repeat(40), LONG]]));
    expect(lines).toEqual([
      'Id     One',
      `short  ${'b'.repeat(40)}`,
      '',
      'No room for: Two. A wider terminal and --json have',
      'them.',
    ]);
  });

  it('always shows its first column, whole', () => {
    const lines = plain(formatTable(terminal(20), ['Id', 'One'], [[LONG, 'x']]));
    expect(lines.slice(1)).toEqual([LONG, '', 'No room for: One. A', 'wider terminal and', '--json have them.']);
  });

  it('shows text of others without its control characters', () => {
    expect(formatTable(PIPE, ['Id'], [['a\u001b[31mb\nc\u202ed']])).toBe('Id\na [31mb c d');
  });
});

it('an output cannot move the cursor, name the window or reorder a line, and keeps its own lines and colours', () => {
  const text = `${terminal(80).colour('red', '- gone')}\r\n\u001b]0;title\u0007a\tb\u001b[2Jc\u202ed\re\n`;
  expect(printable(text)).toBe('\u001b[31m- gone\u001b[0m\r\n ]0;title a\tb [2Jc d e\n');
});

describe('records', () => {
  const HEAD = ['Id', 'Public key', 'Valid'];
  const ROWS = [
    ['one', LONG, 'always'],
    ['two', LONG, ''],
  ];

  it.for([200, undefined])('are a table where there is room: %s columns', (columns) => {
    const style = columns === undefined ? PIPE : terminal(columns);
    expect(plain(formatRecords(style, HEAD, ROWS))).toHaveLength(3);
  });

  it('are blocks with every value where there is none', () => {
    const lines = plain(formatRecords(terminal(72), HEAD, ROWS));
    expect(lines).toEqual([
      'Id          one',
      `Public key  ${LONG}`,
      'Valid       always',
      '',
      'Id          two',
      `Public key  ${LONG}`,
    ]);
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

  it('keep their own lines, and are whole in a pipe', () => {
    expect(wrapLines('one two three\n  four', 8)).toBe('one two\nthree\n  four');
    expect(wrapLines('one two three', undefined)).toBe('one two three');
  });
});
