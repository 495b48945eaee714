/** Evaluates filter expressions against items of our catalogue. */
import { standardOf } from '../../../domain/locations/catalogue.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { isObject, readDecimal } from '../../protocol/json-reading.js';
import { parseFilter, type Operand, type Step, type FilterExpression } from './filter-parse.js';
import { readField } from './json-ld.js';

/**
 * Compiles an expression to a predicate on items. A condition on a field that the item lacks, such as a vehicle's make,
 * is ignored, so that it does not hide the item. An expression that cannot be parsed matches all items.
 */
export function compileFilter(expression: string): (item: JsonObject) => boolean {
  const parsed = parseFilter(expression);
  if ('problem' in parsed) return () => true;
  return (item) => evaluate(parsed.expression, item) ?? true;
}

/** @returns `undefined` if the node lacks the fields that the expression needs. */
function evaluate(expression: FilterExpression, node: unknown): boolean | undefined {
  switch (expression.kind) {
    case 'and':
      return evaluateParts(expression.parts, node, false);
    case 'or':
      return evaluateParts(expression.parts, node, true);
    case 'not': {
      const inner = evaluate(expression.part, node);
      return inner === undefined ? undefined : !inner;
    }
    case 'exists':
      return resolveOperand(expression.path, node)?.some((value) => value !== false && value !== null);
    case 'compare': {
      const left = resolveOperand(expression.left, node);
      const right = resolveOperand(expression.right, node);
      if (!left || !right) return undefined;
      const isConnector = isConnectorType(expression.left) || isConnectorType(expression.right);
      return left.some((a) => right.some((b) => compare(a, expression.op, b, isConnector)));
    }
  }
}

/** Combines the parts of an `and` (`decides` is false) or an `or` (true). Parts without a result are ignored. */
function evaluateParts(parts: readonly FilterExpression[], node: unknown, decides: boolean): boolean | undefined {
  const values = parts.map((part) => evaluate(part, node)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return values.includes(decides) ? decides : !decides;
}

/** Returns all values at the end of a path, with lists flattened; `undefined` if the item has no such field. */
function resolveOperand(operand: Operand, node: unknown): readonly unknown[] | undefined {
  if (operand.kind === 'literal') return [operand.value];
  let values: readonly unknown[] = [node];
  for (const step of operand.steps) {
    const next = values.flatMap((value) => applyStep(step, value));
    if (next.length === 0) return 'filter' in step || 'any' in step ? [] : undefined;
    values = next.map((match) => match.value);
    if (values.length === 1 && Array.isArray(values[0]) && values[0].length === 0) return [];
  }
  return values.flatMap((value) => (Array.isArray(value) ? value : [value]) as readonly unknown[]);
}

function applyStep(step: Step, value: unknown): readonly { readonly value: unknown }[] {
  const children: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ('any' in step) return children.map((child) => ({ value: child }));
  if ('filter' in step) {
    return children.filter((child) => evaluate(step.filter, child) ?? true).map((child) => ({ value: child }));
  }
  const parents: readonly unknown[] = Array.isArray(value) ? value : [value];
  return parents.flatMap((parent) => {
    const field = readField(parent, step.name) ?? readField(parent, step.name.replace(/^(beckn|schema):/, ''));
    return field === undefined ? [] : [{ value: field }];
  });
}

function isConnectorType(operand: Operand): boolean {
  const last = operand.kind === 'path' ? operand.steps.at(-1) : undefined;
  return last !== undefined && 'name' in last && last.name === 'connectorType';
}

function compare(a: unknown, op: string, b: unknown, isConnector: boolean): boolean {
  if (isConnector && typeof a === 'string' && typeof b === 'string') {
    const same = standardOf(a) === standardOf(b);
    return op === '==' ? same : op === '!=' ? !same : false;
  }
  const [left, right] = comparableValues(a, b);
  switch (op) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}

/**
 * Converts two values so that they can be compared: two date-times to epoch ms; two numbers, one of which may be a
 * decimal in quotes, to numbers; all others to text.
 */
function comparableValues(a: unknown, b: unknown): [string | number, string | number] {
  const times = [readTimestamp(a), readTimestamp(b)] as const;
  if (times[0] !== undefined && times[1] !== undefined) return [times[0], times[1]];
  if (typeof a === 'number' || typeof b === 'number') {
    const [left, right] = [readDecimal(a), readDecimal(b)];
    if (left !== undefined && right !== undefined) return [left, right];
  }
  return [String(a), String(b)];
}
