/** `fulfillments[].state` of an update: how these dialects start and stop. */
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';

/** With the spellings that published examples and collections made common. */
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

/** What the wanted states ask for; their code when it is none of ours, `undefined` when there is none at all. */
export function readRequestedState(order: unknown): 'start' | 'stop' | { readonly unknown: string } | undefined {
  const wanted = readList(valueAt(order, 'fulfillments')).slice(0, 20);
  const codes = wanted.flatMap((one) => {
    const state = valueAt(one, 'state', 'descriptor');
    return readCode(valueAt(state, 'code')) ?? readCode(valueAt(state, 'name')) ?? [];
  });
  // A stop is the safer of two: it is looked for first.
  if (codes.some((code) => STOP_CODES.has(code))) return 'stop';
  if (codes.some((code) => START_CODES.has(code))) return 'start';
  const [first] = codes;
  return first === undefined ? undefined : { unknown: first };
}
