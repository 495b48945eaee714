/** Frames that a charger might send, and worse: whole messages from the schemas, damaged ones, broken frames, garbage. */
import { join } from 'node:path';
import fc from 'fast-check';
import { ocppActions } from '../../src/schema/validators.js';
import { accepted, damaged, readSchema, type JsonValue, type Schema } from '../property/from-schema.js';
import type { Chance } from '../simulation/chance.js';

export interface Shot {
  readonly data: string | Buffer;
  readonly binary: boolean;
}

type Version = Parameters<typeof ocppActions>[0];
type Element = JsonValue | undefined;

interface Pool {
  readonly action: string;
  readonly payloads: readonly JsonValue[];
}

/** Payloads of every message in both directions, some sound, most not. */
function poolsOf(version: Version, seed: number, size: number): Pool[] {
  const folder = join(import.meta.dirname, '../../ocpp-schemas', version);
  return [...ocppActions(version).keys()].flatMap((action) => {
    const file = join(folder, `${action}.json`);
    return (['request', 'response', 'send'] as const).flatMap((kind): Pool[] => {
      const schema = readSchema(file)[kind] as Schema | undefined;
      if (!schema) return [];
      const sound = accepted(schema, file);
      const whole = accepted(schema, file, { complete: true });
      const payloads = [sound, whole, damaged(sound), damaged(whole), damaged(whole)].flatMap((arbitrary, index) =>
        fc.sample(arbitrary, { seed: seed + index, numRuns: size }),
      );
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

/** Bytes of one message that the product takes, unless configured otherwise. */
const CAP = 65_536;

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** One endless series of shots; the same seed gives the same ones. */
export function createShots(version: Version, chance: Chance, size: number): () => Shot {
  const pools = poolsOf(version, chance.between(0, 1e9), size);
  const text = (data: string): Shot => ({ data, binary: false });
  const message = (): { action: string; payload: JsonValue } => {
    const { action, payloads } = chance.pick(pools);
    return { action, payload: chance.pick(payloads) };
  };
  const json = (value: unknown): string => JSON.stringify(value) ?? '';
  const frame = (...elements: readonly Element[]): string =>
    `[${elements
      .filter((element) => element !== undefined)
      .map(json)
      .join(',')}]`;
  const call = (): string => {
    const { action, payload } = message();
    return frame(2, chance.uuid(), action, payload);
  };
  const odd = (list: readonly Element[], usual: Element, share: number): Element =>
    chance.happens(share) ? list[chance.between(0, list.length - 1)] : usual;

  const kinds: readonly (readonly [number, () => Shot])[] = [
    [40, () => text(call())],
    [
      20,
      () => {
        const { action, payload } = message();
        const elements = [
          odd(TYPES, 2, 0.4),
          odd(IDS, chance.uuid(), 0.5),
          odd(ACTIONS, action, 0.3),
          odd(PAYLOADS, payload, 0.3),
        ];
        return text(frame(...elements, ...(chance.happens(0.1) ? [chance.pick([null, {}, 1])] : [])));
      },
    ],
    [
      8,
      () => {
        const { action, payload } = message();
        const envelope = { messageId: odd(IDS, chance.uuid(), 0.5), action: odd(ACTIONS, action, 0.3), payload };
        const more = chance.happens(0.3) ? { status: 'Accepted', uniqueId: odd(IDS, '5', 0.5) } : {};
        return text(json({ ...envelope, ...more }));
      },
    ],
    [6, () => text(frame(chance.pick([3, 4, 5]), chance.uuid(), odd(ACTIONS, 'x', 0.5), message().payload, 'x'))],
    [8, () => text(cut(call(), chance))],
    [6, () => ({ data: flipped(call(), chance), binary: false })],
    [6, () => text(chance.pick(TEXTS))],
    [2, () => text(nested('[', ']', chance.pick([10, 1_000, 30_000])))],
    [
      2,
      () => text(`[2,"d","DataTransfer",{"vendorId":"x","data":${nested('{"a":', '}', 5_000).replace(':}', ':1}')}}]`),
    ],
    [1, () => text(frame(2, chance.uuid(), 'DataTransfer', { vendorId: 'x', data: 'y'.repeat(60_000) }))],
    [
      1,
      () =>
        text(
          frame(
            2,
            chance.uuid(),
            'Heartbeat',
            Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`k${n}`, n])),
          ),
        ),
    ],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const any = (): Shot => {
    let at = chance.next() * total;
    for (const [weight, make] of kinds) if ((at -= weight) < 0) return make();
    return text(call());
  };
  return () => {
    // What is above the cap may cost the socket: it is sent on purpose or not at all.
    for (;;) {
      const shot = any();
      if (Buffer.byteLength(shot.data) <= CAP) return shot;
    }
  };
}

/** A piece taken out, doubled, or another frame's head on it. */
function cut(whole: string, chance: Chance): string {
  const from = chance.between(0, whole.length);
  const to = chance.between(from, Math.min(whole.length, from + 20));
  return whole.slice(0, from) + (chance.happens(0.5) ? '' : whole.slice(from, to).repeat(2)) + whole.slice(to);
}

/** Some bytes changed: what comes out may be no UTF-8. */
function flipped(whole: string, chance: Chance): Buffer {
  const bytes = Buffer.from(whole);
  for (let n = chance.between(1, 4); n > 0; n -= 1) {
    const at = chance.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.between(0, 7));
  }
  return bytes;
}
