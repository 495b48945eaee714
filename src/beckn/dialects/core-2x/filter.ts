/** Whether an item of ours is what a filter asks for. */
import { standardOf } from '../../../domain/locations/catalogue.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { isObject } from '../../protocol/json-reading.js';
import { parseFilter, type Operand, type Step, type FilterExpression } from './filter-parse.js';
import { readField } from './json-ld.js';

/**
 * The test of an expression that `parseFilter` takes. What an item does not say is no reason to hide it: a condition on
 * a field that it does not have is passed over (a vehicle's make, a feature that nobody configured).
 */
export function compileFilter(expression: string): (item: JsonObject) => boolean {
  const parsed = parseFilter(expression);
  if ('problem' in parsed) return () => true;
  return (item) => evaluate(parsed.expression, item) ?? true;
}

/** `undefined`: the item says nothing about it. */
function evaluate(test: FilterExpression, here: unknown): boolean | undefined {
  switch (test.kind) {
    case 'and':
      return evaluateParts(test.parts, here, false);
    case 'or':
      return evaluateParts(test.parts, here, true);
    case 'not': {
      const inner = evaluate(test.part, here);
      return inner === undefined ? undefined : !inner;
    }
    case 'exists':
      return resolveOperand(test.path, here)?.some((value) => value !== false && value !== null);
    case 'compare': {
      const left = resolveOperand(test.left, here);
      const right = resolveOperand(test.right, here);
      if (!left || !right) return undefined;
      const kinds = isConnectorType(test.left) || isConnectorType(test.right);
      return left.some((a) => right.some((b) => compare(a, test.op, b, kinds)));
    }
  }
}

/** One part that is `decides` decides for all; parts that say nothing count for nothing. */
function evaluateParts(parts: readonly FilterExpression[], here: unknown, decides: boolean): boolean | undefined {
  const said = parts.map((part) => evaluate(part, here)).filter((one) => one !== undefined);
  if (said.length === 0) return undefined;
  return said.includes(decides) ? decides : !decides;
}

/** Every value at the end of a path, lists opened; `undefined` when the item has no such field. */
function resolveOperand(operand: Operand, here: unknown): readonly unknown[] | undefined {
  if (operand.kind === 'literal') return [operand.value];
  let found: readonly unknown[] = [here];
  for (const step of operand.steps) {
    const next = found.flatMap((value) => applyStep(step, value));
    if (next.length === 0) return 'filter' in step || 'any' in step ? [] : undefined;
    found = next.map((one) => one.value);
    if (found.length === 1 && Array.isArray(found[0]) && found[0].length === 0) return [];
  }
  return found.flatMap((value) => (Array.isArray(value) ? value : [value]) as readonly unknown[]);
}

function applyStep(step: Step, value: unknown): readonly { readonly value: unknown }[] {
  const inside: readonly unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ('any' in step) return inside.map((one) => ({ value: one }));
  if ('filter' in step) {
    return inside.filter((one) => evaluate(step.filter, one) ?? true).map((one) => ({ value: one }));
  }
  const from: readonly unknown[] = Array.isArray(value) ? value : [value];
  return from.flatMap((one) => {
    const at = readField(one, step.name) ?? readField(one, step.name.replace(/^(beckn|schema):/, ''));
    return at === undefined ? [] : [{ value: at }];
  });
}

function isConnectorType(operand: Operand): boolean {
  const last = operand.kind === 'path' ? operand.steps.at(-1) : undefined;
  return last !== undefined && 'name' in last && last.name === 'connectorType';
}

function compare(a: unknown, op: string, b: unknown, connectors: boolean): boolean {
  if (connectors && typeof a === 'string' && typeof b === 'string') {
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

/** Times are compared as times, whatever their zones and fractions; numbers as numbers. */
function comparableValues(a: unknown, b: unknown): [string | number, string | number] {
  const times = [readTimestamp(a), readTimestamp(b)] as const;
  if (times[0] !== undefined && times[1] !== undefined) return [times[0], times[1]];
  if (typeof a === 'number' && typeof b === 'number') return [a, b];
  return [String(a), String(b)];
}
