/** `fulfillments[].state` of an update: how these dialects start and stop. */
import { at, codeOf, list } from '../../protocol/json-reading.js';

/** With the spellings that published examples and collections made common. */
const STARTS: ReadonlySet<string> = new Set([
  'start-charging',
  'start-chargin',
  'charging-start',
  'start',
  'charging-in-progress',
]);
const STOPS: ReadonlySet<string> = new Set([
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
export function readWantedState(order: unknown): 'start' | 'stop' | { readonly unknown: string } | undefined {
  const wanted = list(at(order, 'fulfillments')).slice(0, 20);
  const codes = wanted.flatMap((one) => {
    const state = at(one, 'state', 'descriptor');
    return codeOf(at(state, 'code')) ?? codeOf(at(state, 'name')) ?? [];
  });
  // A stop is the safer of two: it is looked for first.
  if (codes.some((code) => STOPS.has(code))) return 'stop';
  if (codes.some((code) => STARTS.has(code))) return 'start';
  const [first] = codes;
  return first === undefined ? undefined : { unknown: first };
}
