/** A statement is read completely or not at all. Errors name the line, the field and the rule. */
import { describe, expect, it } from 'vitest';
import { MAX_LINES, readStatement } from '../../../../src/operator/finance/statement-reader.js';

const HEAD = 'id,kind,amount,currency,at';
const AT = '2026-11-25T10:00:00Z';
const LINE = { id: 'pay-1', kind: 'refund', amount: 150, currency: 'INR', at: AT };
const READ = { reference: 'pay-1', kind: 'refund', amount: 150, currency: 'INR', at: Date.parse(AT) };

const json = (...lines: readonly unknown[]): string => JSON.stringify({ lines });
const csv = (...rows: readonly string[]): string => [HEAD, ...rows].join('\r\n');

describe('a statement', () => {
  it('is the same as JSON and as CSV', () => {
    expect(readStatement(json(LINE))).toEqual({ lines: [READ] });
    expect(readStatement(csv(`pay-1,refund,150,INR,${AT}`))).toEqual({ lines: [READ] });
  });

  it('may have its columns anywhere, quotes, other columns, a mark before and empty lines after', () => {
    const text = `\uFEFFAt,"note",Currency,amount,kind,id\n${AT},"a ""b"", c\nd",INR,150,refund,"pay,2"\n\n`;
    expect(readStatement(text)).toEqual({ lines: [{ ...READ, reference: 'pay,2' }] });
  });

  it.each([
    ['id', { id: '' }, 'must be the provider’s id'],
    ['id', { id: 'x'.repeat(256) }, 'must be the provider’s id'],
    ['kind', { kind: 'capture' }, 'must be payment or refund'],
    ['amount', { amount: 1.5 }, 'whole number of minor units'],
    ['amount', { amount: 0 }, 'more than 0'],
    ['amount', { amount: -1 }, 'more than 0'],
    ['amount', { amount: '150' }, 'whole number'],
    ['amount', { amount: 2 ** 53 }, 'whole number'],
    ['currency', { currency: 'inr' }, 'ISO 4217'],
    ['at', { at: '2026-11-25T10:00:00' }, 'its zone'],
    ['at', { at: '2026-02-30T10:00:00Z' }, 'its zone'],
    ['at', { at: '2026-13-25T10:00:00Z' }, 'its zone'],
    ['at', { at: 1_764_064_800_000 }, 'its zone'],
  ])('with a bad %s is refused with its place: %j', (field, change, rule) => {
    const read = readStatement(json(LINE, { ...LINE, ...change }));
    expect(read).toEqual({ location: `line 2: ${field}`, rule: expect.stringContaining(rule) });
  });

  it('counts the lines of a CSV as an editor does, those within quotes too', () => {
    const text = `id,note,kind,amount,currency,at\npay-1,"two\nlines",refund,150,INR,${AT}\n\npay-2,,refund,1e3,INR,${AT}`;
    expect(readStatement(text)).toMatchObject({ location: 'line 5: amount' });
  });

  it.each([
    ['', 'line 1', 'must name the columns'],
    ['{"lines": 5}', 'lines', 'must be a list'],
    ['{"lines": [', 'the body', 'must be JSON'],
    ['{"lines": [7]}', 'line 1: id', 'must be'],
    ['{"lines": []}', 'the statement', 'must have a line'],
    [`${HEAD}\n`, 'the statement', 'must have a line'],
    ['id,kind,amount,at\n', 'line 1', 'currency is missing'],
    [`${HEAD}\n"pay-1,refund,150,INR,${AT}`, 'the CSV', 'must close'],
  ])('that cannot be read is refused: %j', (text, location, rule) => {
    expect(readStatement(text)).toEqual({ location, rule: expect.stringContaining(rule) });
  });

  it('has at most so many lines', () => {
    const many = (count: number) => readStatement(json(...Array.from({ length: count }, () => LINE)));
    expect(many(MAX_LINES)).toMatchObject({ lines: { length: MAX_LINES } });
    expect(many(MAX_LINES + 1)).toMatchObject({ location: 'the statement' });
  });
});
