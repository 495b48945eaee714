/** Reads `fulfillments[].state` of an update, which starts and stops charging in these dialects. */
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';

/** State codes that request a start, including misspellings from published examples and Postman collections. */
const START_CODES: ReadonlySet<string> = new Set([
  'start-charging',
  'start-chargin',
  'charging-start',
  'start',
  'charging-in-progress',
]);
const STOP_CODES: ReadonlySet<string> = new Set([
  'end-charging',
  'end-chargin',
  'stop-charging',
  'stop-chargin',
  'charging-end',
  'charging-stop',
  'end',
  'stop',
  'charging-completed',
]);

/** Interprets the requested states as start, stop or an unknown code; `undefined` if there is no state. */
export function readRequestedState(order: unknown): 'start' | 'stop' | { readonly unknown: string } | undefined {
  const fulfillments = readList(valueAt(order, 'fulfillments')).slice(0, 20);
  const codes = fulfillments.flatMap((fulfillment) => {
    const state = valueAt(fulfillment, 'state', 'descriptor');
    return readCode(valueAt(state, 'code')) ?? readCode(valueAt(state, 'name')) ?? [];
  });
  // A stop wins over a start, because it is the safer of the two.
  if (codes.some((code) => STOP_CODES.has(code))) return 'stop';
  if (codes.some((code) => START_CODES.has(code))) return 'start';
  const [first] = codes;
  return first === undefined ? undefined : { unknown: first };
}
