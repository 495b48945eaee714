/** Parses a payment provider's statement in JSON or CSV. One invalid line makes the whole statement invalid. */
import type { StatementLine } from '../../domain/billing/provider-statement.js';
import { parseMoment } from '../../domain/pricing/calendar.js';

/** Where a statement is invalid, such as `line 3: amount`, and the rule that it breaks. */
export interface StatementProblem {
  readonly location: string;
  readonly rule: string;
}

export const MAX_LINES = 10_000;
const FIELDS = ['id', 'kind', 'amount', 'currency', 'at'] as const;
const MAX_ID_LENGTH = 255;

type Fields = { readonly [name in (typeof FIELDS)[number]]: unknown };

/**
 * @unit   `amount` in whole minor units of `currency`; `at` with its time zone (RFC 3339).
 * @shape  `{"lines": [{"id", "kind", "amount", "currency", "at"}]}`, or CSV (RFC 4180) with these names in its first
 *   row.
 */
export function readStatement(text: string): { readonly lines: readonly StatementLine[] } | StatementProblem {
  const table = text.trimStart().startsWith('{') ? jsonLines(text) : csvLines(text);
  if ('rule' in table) return table;
  if (table.length === 0) return { location: 'the statement', rule: 'must have a line' };
  if (table.length > MAX_LINES) return { location: 'the statement', rule: `must have at most ${MAX_LINES} lines` };
  const lines: StatementLine[] = [];
  for (const { number, fields } of table) {
    const line = parseLine(fields);
    if ('rule' in line) return { location: `line ${number}: ${line.location}`, rule: line.rule };
    lines.push(line);
  }
  return { lines };
}

type RawLines = readonly { readonly number: number; readonly fields: Fields }[];

function jsonLines(text: string): RawLines | StatementProblem {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { location: 'the body', rule: 'must be JSON, or CSV with a first row of names' };
  }
  const lines: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'lines') : undefined;
  if (!Array.isArray(lines)) return { location: 'lines', rule: 'must be a list' };
  return lines.map((line: unknown, index) => {
    const of = (name: string): unknown =>
      typeof line === 'object' && line !== null ? Reflect.get(line, name) : undefined;
    return { number: index + 1, fields: readFields(of) };
  });
}

function csvLines(text: string): RawLines | StatementProblem {
  const rows = csvRows(text.replace(/^\uFEFF/, ''));
  if (!rows) return { location: 'the CSV', rule: 'must close every quoted field' };
  const [head, ...rest] = rows;
  const names = head?.cells.map((name) => name.trim().toLowerCase()) ?? [];
  const missing = FIELDS.filter((name) => !names.includes(name));
  if (missing.length > 0)
    return { location: 'line 1', rule: `must name the columns ${FIELDS.join(', ')}; ${missing.join(', ')} is missing` };
  return rest.map(({ number, cells }) => {
    const of = (name: string): unknown => cells[names.indexOf(name)]?.trim();
    const amount = of('amount');
    const fields = { ...readFields(of), amount: /^\d+$/.test(String(amount)) ? Number(amount) : amount };
    return { number, fields };
  });
}

function readFields(of: (name: string) => unknown): Fields {
  return Object.fromEntries(FIELDS.map((name) => [name, of(name)])) as Fields;
}

/** Splits CSV into rows and skips empty lines; `undefined` if a quoted field is not closed. @source RFC 4180 */
function csvRows(text: string): { readonly number: number; readonly cells: string[] }[] | undefined {
  const rows: { number: number; cells: string[] }[] = [];
  let [line, begun] = [1, 1];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  const end = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell !== '') rows.push({ number: begun, cells });
    [cells, cell, begun] = [[], '', line];
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '\n') line += 1;
    if (quoted && char === '"' && text[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (char === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (quoted) cell += char;
    else if (char === ',') {
      cells.push(cell);
      cell = '';
    } else if (char === '\n') end();
    else if (char !== '\r') cell += char;
  }
  if (quoted) return undefined;
  if (cell !== '' || cells.length > 0) end();
  return rows;
}

function parseLine({ id, kind, amount, currency, at }: Fields): StatementLine | StatementProblem {
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH)
    return {
      location: 'id',
      rule: `must be the provider’s id of the payment, a text of 1 to ${MAX_ID_LENGTH} characters`,
    };
  if (kind !== 'payment' && kind !== 'refund') return { location: 'kind', rule: 'must be payment or refund' };
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount <= 0)
    return { location: 'amount', rule: 'must be a whole number of minor units, more than 0' };
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    return { location: 'currency', rule: 'must be an ISO 4217 code such as INR' };
  const time = typeof at === 'string' ? parseMoment(at) : undefined;
  if (time === undefined) return { location: 'at', rule: 'must be a time with its zone such as 2026-11-25T10:00:00Z' };
  return { reference: id, kind, amount, currency, at: time };
}
