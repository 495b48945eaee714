/** Evaluates the filters and aggregation expressions that the MongoDB store uses. */

export type Document = { [field: string]: unknown };
export type Filter = { readonly [field: string]: unknown };
export type Sort = { readonly [field: string]: 1 | -1 };

/** An error of the MongoDB server, with its code. */
export class ServerError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The server's error code `ConversionFailure`. */
const CONVERSION_FAILURE = 241;

/**
 * @param now The server's time `$$NOW`, epoch ms.
 * @errors Throws `ServerError` if `$toInt` fails, as on the server, and `Error` for an operator that the fake lacks.
 */
export function evaluate(expression: unknown, root: Document, now: number): unknown {
  if (expression === '$$NOW') return new Date(now);
  if (expression === '$$ROOT') return root;
  if (typeof expression === 'string' && expression.startsWith('$')) return valueAt(root, expression.slice(1));
  if (typeof expression !== 'object' || expression === null || expression instanceof Date) return expression;
  const [operator, operand] = Object.entries(expression)[0] ?? [];
  if (operator === '$literal') return operand;
  if (operator?.startsWith('$')) return operate(operator, operand, { root, now });
  return fieldsOf(expression as Document, root, now);
}

/** Evaluates each field of a document. Absent values stay absent. */
export function fieldsOf(fields: Document, root: Document, now: number): Document {
  const values = Object.entries(fields).map(([field, value]) => [field, evaluate(value, root, now)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function operate(operator: string, operand: unknown, { root, now }: { root: Document; now: number }): unknown {
  const valueOf = (expression: unknown): unknown => evaluate(expression, root, now);
  const operands = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (operator === '$cond') return valueOf(valueOf(operands[0]) === true ? operands[1] : operands[2]);
  const values = operands.map(valueOf);
  switch (operator) {
    case '$lt':
      return compareValues(values[0], values[1]) < 0;
    case '$lte':
      return compareValues(values[0], values[1]) <= 0;
    case '$add':
      return sum(values);
    case '$max':
      return values.filter((one) => one !== undefined).reduce((a, b) => (compareValues(a, b) < 0 ? b : a));
    case '$ifNull':
      return values.find((one) => one !== undefined && one !== null);
    case '$mergeObjects':
      return Object.assign({}, ...(values as Document[])) as Document;
    case '$concat':
      return values.join('');
    case '$toString':
      return String(values[0]);
    case '$toInt':
      return toInt(values[0]);
    default:
      throw new Error(`the fake has no ${operator}`);
  }
}

/** Adds numbers. A date plus milliseconds is a date. */
function sum(values: readonly unknown[]): unknown {
  if (values.some((one) => one === undefined || one === null)) return null;
  const total = values.reduce<number>((all, one) => all + Number(one), 0);
  return values.some((one) => one instanceof Date) ? new Date(total) : total;
}

function toInt(value: unknown): number {
  const result = Number(value);
  if (!Number.isInteger(result))
    throw new ServerError(CONVERSION_FAILURE, `Failed to parse number '${String(value)}' in $convert`);
  return result;
}

/** Compares two values as the server does. Absent ones sort before all others; arrays by their first difference. */
function compareValues(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    const differences = a.map((value, i) => compareValues(value, b[i])).filter((one) => one !== 0);
    return differences[0] ?? a.length - b.length;
  }
  const isAbsent = [a, b].map((value) => value === undefined || value === null);
  if (isAbsent.includes(true)) return Number(isAbsent[1]) - Number(isAbsent[0]);
  const [x, y] = [a, b] as (number | string | Date)[];
  return x! < y! ? -1 : x! > y! ? 1 : 0;
}

export function compareDocuments(a: Document, b: Document, sort: Sort): number {
  for (const [field, direction] of Object.entries(sort)) {
    const order = compareValues(valueAt(a, field), valueAt(b, field));
    if (order !== 0) return order * direction;
  }
  return 0;
}

function valueAt(document: Document, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value.map((one: Document) => one[key]);
    return typeof value === 'object' && value !== null ? (value as Document)[key] : undefined;
  }, document);
}

/** Converts the driver's id objects to text, which is how documents are stored here. */
export function toId(id: unknown): unknown {
  return typeof id === 'object' && id !== null ? String(id) : id;
}

export function matches(document: Document, filter: Filter, now: number): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    if (field === '$or') return (condition as Filter[]).some((one) => matches(document, one, now));
    if (field === '$and') return (condition as Filter[]).every((one) => matches(document, one, now));
    if (field === '$expr') return evaluate(condition, document, now) === true;
    const value = valueAt(document, field);
    if (condition === null) return value === undefined || value === null;
    if (isOperators(condition)) return matchesOperators(value, condition, now);
    return Array.isArray(value) ? value.includes(condition) : value === toId(condition);
  });
}

/** Checks whether a condition of a filter has operators such as `$lt`, and is not a value. */
export function isOperators(value: unknown): value is Filter {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.startsWith('$'));
}

/** Checks the operators of a filter. Comparisons match only values of the operand's type, as on the server. */
function matchesOperators(value: unknown, operators: Filter, now: number): boolean {
  return Object.entries(operators).every(([operator, operand]) => {
    const order = typeof value === typeof operand ? compareValues(value, operand) : Number.NaN;
    switch (operator) {
      case '$lt':
        return order < 0;
      case '$gt':
        return order > 0;
      case '$gte':
        return order >= 0;
      case '$ne':
        return value !== operand;
      case '$in':
        return (operand as unknown[]).includes(value);
      case '$regex':
        return typeof value === 'string' && new RegExp(operand as string).test(value);
      case '$exists':
        return (value !== undefined) === operand;
      case '$not':
        return !matchesOperators(value, operand as Filter, now);
      case '$elemMatch':
        return Array.isArray(value) && value.some((one: Document) => matches(one, operand as Filter, now));
      default:
        throw new Error(`the fake has no ${operator}`);
    }
  });
}
