/** Requests of every dialect from their golden files, and ways to damage them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BAP, SELF } from '../conformance/beckn/open-pipeline.js';
import type { SeededRandom } from '../simulation/runtime/seeded-random.js';

export interface RequestTemplate {
  readonly dialect: string;
  readonly action: string;
  readonly context?: object;
  readonly message?: unknown;
}

const PARTIES = { bap_id: BAP, bap_uri: 'https://bap.example/beckn', bpp_id: SELF.bppId, bpp_uri: SELF.bppUri };
const CORE = { ...PARTIES, location: { city: { code: 'std:080' }, country: { code: 'IND' } } };
const snake =
  (base: object) =>
  (action: string, transaction_id: string, message_id: string, timestamp: string): object => ({
    ...base,
    action,
    transaction_id,
    message_id,
    timestamp,
    ttl: 'PT30S',
  });

/** The request contexts of the dialects, by the folder of their golden files. */
const CONTEXTS: Readonly<Record<string, ReturnType<typeof snake>>> = {
  'uei-charging': snake({ ...CORE, domain: 'uei:charging', version: '1.0.0' }),
  'uei-charging-pulse': snake({ ...CORE, domain: 'uei:charging', version: '1.0.0' }),
  'ev-charging-uei': snake({ ...CORE, domain: 'ev-charging:uei', version: '1.1.0' }),
  'dent-ev-charging': snake({ ...CORE, domain: 'dent:ev-charging:0.1.0', version: '1.1.0' }),
  'uei-ev-charging': snake({ ...CORE, domain: 'uei:ev-charging', version: '1.1.0' }),
  'ubc/golden': snake({ ...PARTIES, domain: 'beckn.one:deg:ev-charging', version: '2.0.0' }),
  'lts/golden': (action, transactionId, messageId, timestamp) => ({
    version: '2.0.0',
    networkId: 'nfh.global/testnet-evcharging',
    bapId: BAP,
    bapUri: PARTIES.bap_uri,
    bppId: SELF.bppId,
    bppUri: SELF.bppUri,
    action,
    transactionId,
    messageId,
    timestamp,
    ttl: 'PT30S',
  }),
};

export const DIALECTS: readonly string[] = Object.keys(CONTEXTS);

export function goldenRequests(): RequestTemplate[] {
  return DIALECTS.flatMap((dialect) => {
    const folder = join(import.meta.dirname, '../conformance/beckn', dialect);
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => {
        const { request } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
          request?: Omit<RequestTemplate, 'dialect'>;
        };
        return request ? [{ dialect, ...request }] : [];
      });
  });
}

/** Renders a request in its dialect. `<order>` and `<quote>` are replaced by the ids that the sender has received. */
export function renderRequest(
  { dialect, action, context, message }: RequestTemplate,
  ids: { readonly transaction: string; readonly message: string; readonly order: string; readonly quote: string },
  now: number,
): { [key: string]: unknown } {
  const base = CONTEXTS[dialect]?.(action, ids.transaction, ids.message, new Date(now).toISOString());
  const text = JSON.stringify({ context: { ...base, ...context }, ...(message !== undefined && { message }) });
  const named = text.replaceAll('<order>', ids.order).replaceAll('<quote>', ids.quote);
  return JSON.parse(named) as { [key: string]: unknown };
}

type Place = readonly [holder: { [key: string]: unknown }, key: string];

function places(value: unknown, result: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return result;
  const holder = value as { [key: string]: unknown };
  for (const key of Object.keys(holder)) {
    result.push([holder, key]);
    places(holder[key], result);
  }
  return result;
}

const ODD: readonly (() => unknown)[] = [
  ...[null, true, 0, -1, 500, 1e308, -1e-9, 0.0004, 1e21, Number.MAX_SAFE_INTEGER].map((value) => () => value),
  ...['', ' ', ' a b ', 'x'.repeat(300), 'x'.repeat(3000), '\u0000', '\ud800', 'e\u0301', '٣'].map(
    (text) => () => text,
  ),
  ...['9'.repeat(40), '1e400', 'NaN', '-0', 'INR', 'JPY', 'PT1S', 'P99999Y', 'constructor'].map((text) => () => text),
  ...['2026-01-15T10:00:00Z', '9999-12-31T23:59:59Z'].map((text) => () => text),
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => ({ code: 'x' }),
  () => ({ toString: 1, valueOf: 2 }),
];

/** Removes, replaces or repeats one value, wraps it in a list, or puts a copy of another one in its place. */
export function damage(value: unknown, random: SeededRandom): void {
  const allPlaces = places(value);
  if (allPlaces.length === 0) return;
  const [holder, key] = random.pick(allPlaces);
  const [other, otherKey] = random.pick(allPlaces);
  const kind = random.next();
  if (kind < 0.2) delete holder[key];
  else if (kind < 0.8) holder[key] = random.pick(ODD)();
  else if (kind < 0.9) holder[key] = structuredClone(other[otherKey] ?? null);
  else
    holder[key] = Array.isArray(holder[key])
      ? [...(holder[key] as unknown[]), ...(holder[key] as unknown[])]
      : [holder[key]];
}
