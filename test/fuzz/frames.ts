/** Frames that a charger might send: valid messages from the schemas, damaged ones, broken frames and garbage. */
import { join } from 'node:path';
import fc from 'fast-check';
import { ocppActions } from '../../src/schema/validators.js';
import { validValues, damagedValues, readSchema, type JsonValue, type Schema } from '../property/from-schema.js';
import type { SeededRandom } from '../simulation/runtime/seeded-random.js';

export interface FuzzFrame {
  readonly data: string | Buffer;
  readonly binary: boolean;
}

type Version = Parameters<typeof ocppActions>[0];
type Element = JsonValue | undefined;

interface Pool {
  readonly action: string;
  readonly payloads: readonly JsonValue[];
}

/** Creates payloads of every message in both directions, some valid and most damaged. */
function poolsOf(version: Version, seed: number, size: number): Pool[] {
  const folder = join(import.meta.dirname, '../../ocpp-schemas', version);
  return [...ocppActions(version).keys()].flatMap((action) => {
    const file = join(folder, `${action}.json`);
    return (['request', 'response', 'send'] as const).flatMap((kind): Pool[] => {
      const schema = readSchema(file)[kind] as Schema | undefined;
      if (!schema) return [];
      const minimal = validValues(schema, file);
      const complete = validValues(schema, file, { complete: true });
      const payloads = [
        minimal,
        complete,
        damagedValues(minimal),
        damagedValues(complete),
        damagedValues(complete),
      ].flatMap((arbitrary, index) => fc.sample(arbitrary, { seed: seed + index, numRuns: size }));
      return [{ action, payloads }];
    });
  });
}

const IDS: readonly Element[] = [
  ...['', '1', '1234', 'x'.repeat(36), 'x'.repeat(37), 'x'.repeat(4_000), '⚡é"\\', '\u0000', '\ud800', '__proto__'],
  ...[0, 7, -1, 1.5, 1e21, null, true, [], {}, ['1'], undefined],
];
const ACTIONS: readonly Element[] = [
  ...['', 'Teleport', '__proto__', 'constructor', 'toString', 'heartbeat', 'Heartbeat ', 'StartTransactionRequest'],
  ...['Heartbeat-Signed', 'NotifyPeriodicEventStream', '\u001b[31m', 'x'.repeat(3_000), null, 7, {}, [], undefined],
];
const TYPES: readonly Element[] = [2, 2, 2, 2, 3, 4, 5, 6, 1, 0, -2, 7, 2.5, '2', null, [], undefined];
const PAYLOADS: readonly Element[] = [null, [], '', 'x', 7, true, [{}], { ['__proto__']: 1 }, undefined, {}];
const TEXTS: readonly string[] = [
  ...['', ' ', '[', ']', '{', '[]', '{}', 'null', '0', '""', '[2', '[2,"1"', '[[2,"1","Heartbeat",{}]]', '\ufeff[]'],
  ...['[2,"1","Heartbeat",{}', '[2,"1","Heartbeat",{}]]', '[2,"1","Heartbeat",{},]', "[2,'1','Heartbeat',{}]"],
  ...['[2,"1","Heartbeat",{"__proto__":{"a":1},"constructor":{"prototype":{}}}]', '[02,"1","Heartbeat",{}]'],
  ...['NaN', '[2,"1","Heartbeat",{"a":1e400}]', '{"messageId":"1","action":"Heartbeat","payload":{}}'],
];

/** The default limit of the product for one message, bytes. */
const MAX_MESSAGE_BYTES = 65_536;

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** Creates an endless sequence of frames; equal seeds give equal sequences. */
export function createFrames(version: Version, random: SeededRandom, size: number): () => FuzzFrame {
  const pools = poolsOf(version, random.between(0, 1e9), size);
  const text = (data: string): FuzzFrame => ({ data, binary: false });
  const message = (): { action: string; payload: JsonValue } => {
    const { action, payloads } = random.pick(pools);
    return { action, payload: random.pick(payloads) };
  };
  const json = (value: unknown): string => JSON.stringify(value) ?? '';
  const frame = (...elements: readonly Element[]): string =>
    `[${elements
      .filter((element) => element !== undefined)
      .map(json)
      .join(',')}]`;
  const call = (): string => {
    const { action, payload } = message();
    return frame(2, random.uuid(), action, payload);
  };
  const oddOr = (list: readonly Element[], usual: Element, share: number): Element =>
    random.happens(share) ? list[random.between(0, list.length - 1)] : usual;

  const kinds: readonly (readonly [number, () => FuzzFrame])[] = [
    [40, () => text(call())],
    [
      20,
      () => {
        const { action, payload } = message();
        const elements = [
          oddOr(TYPES, 2, 0.4),
          oddOr(IDS, random.uuid(), 0.5),
          oddOr(ACTIONS, action, 0.3),
          oddOr(PAYLOADS, payload, 0.3),
        ];
        return text(frame(...elements, ...(random.happens(0.1) ? [random.pick([null, {}, 1])] : [])));
      },
    ],
    [
      8,
      () => {
        const { action, payload } = message();
        const envelope = { messageId: oddOr(IDS, random.uuid(), 0.5), action: oddOr(ACTIONS, action, 0.3), payload };
        const extra = random.happens(0.3) ? { status: 'Accepted', uniqueId: oddOr(IDS, '5', 0.5) } : {};
        return text(json({ ...envelope, ...extra }));
      },
    ],
    [6, () => text(frame(random.pick([3, 4, 5]), random.uuid(), oddOr(ACTIONS, 'x', 0.5), message().payload, 'x'))],
    [8, () => text(cut(call(), random))],
    [6, () => ({ data: flipped(call(), random), binary: false })],
    [6, () => text(random.pick(TEXTS))],
    [2, () => text(nested('[', ']', random.pick([10, 1_000, 30_000])))],
    [
      2,
      () => text(`[2,"d","DataTransfer",{"vendorId":"x","data":${nested('{"a":', '}', 5_000).replace(':}', ':1}')}}]`),
    ],
    [1, () => text(frame(2, random.uuid(), 'DataTransfer', { vendorId: 'x', data: 'y'.repeat(60_000) }))],
    [
      1,
      () =>
        text(
          frame(
            2,
            random.uuid(),
            'Heartbeat',
            Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`k${n}`, n])),
          ),
        ),
    ],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const randomFrame = (): FuzzFrame => {
    let at = random.next() * total;
    for (const [weight, make] of kinds) if ((at -= weight) < 0) return make();
    return text(call());
  };
  return () => {
    // A message above the limit closes the socket, so other code sends those.
    for (;;) {
      const frame = randomFrame();
      if (Buffer.byteLength(frame.data) <= MAX_MESSAGE_BYTES) return frame;
    }
  };
}

/** Removes or repeats a piece of a frame. */
function cut(whole: string, random: SeededRandom): string {
  const from = random.between(0, whole.length);
  const to = random.between(from, Math.min(whole.length, from + 20));
  return whole.slice(0, from) + (random.happens(0.5) ? '' : whole.slice(from, to).repeat(2)) + whole.slice(to);
}

/** Flips some bits; the result may be invalid UTF-8. */
function flipped(whole: string, random: SeededRandom): Buffer {
  const bytes = Buffer.from(whole);
  for (let n = random.between(1, 4); n > 0; n -= 1) {
    const at = random.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return bytes;
}
