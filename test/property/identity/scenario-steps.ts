/** The elements of a scenario: firmware with its habits, and steps of people, charger, network or bridge. */
import fc from 'fast-check';

/**
 * What happens to a message. `unanswered`: it arrives, but its response is lost. `late`: it is sent after the next
 * message that is delivered.
 */
export type Fate = 'delivered' | 'lost' | 'doubled' | 'unanswered' | 'late';

/**
 * How a 1.6 stop names its transaction: by number and tag; by number alone; by -1, 0 or a wrong number with the right
 * tag; by -1 without the tag; or by the number of the previous transaction.
 */
export type StopForm = 'right' | 'no-tag' | 'minus-one' | 'zero' | 'wrong-number' | 'neither' | 'previous-number';

export interface Firmware {
  readonly version: '1.6' | '2.0.1';
  readonly echo: 'same' | 'lower' | 'longer';
  /** 1.6: MeterValues carry the transaction's number. */
  readonly namesTransaction: boolean;
  /** Whether the charger ends a transaction that was refused, and one that it should stop. */
  readonly obeysRefusal: boolean;
  readonly obeysStop: boolean;
  /** 2.x: whether transaction ids restart at 1 after a power cut. */
  readonly countsAgain: boolean;
  /** 2.x: whether `seqNo` counts per transaction, per station, or stays at 0. */
  readonly numbering: 'transaction' | 'station' | 'zero';
  /** 2.x: whether an end repeats the tag. */
  readonly tagAtEnd: boolean;
  /** Whether the clock shows 1970 after a power cut. */
  readonly forgetsTime: boolean;
  /** Whether the charger answers TriggerMessage. */
  readonly answersTriggers: boolean;
  /** Whether the registers start at zero. */
  readonly newMeters: boolean;
  /**
   * What a remotely started transaction omits in its start: nothing, the connector, the tag and remote start id, or
   * all of them.
   */
  readonly omits: 'nothing' | 'connector' | 'names' | 'all';
  /** 2.x: whether readings contain the charging state. */
  readonly tellsState: boolean;
  /** Whether the response to a RemoteStart arrives. */
  readonly answersStarts: boolean;
}

interface At {
  readonly connector: 1 | 2;
}

interface Sent {
  readonly fate: Fate;
}

export type Step =
  | ({ readonly kind: 'order'; readonly wh: number } & At)
  /** The driver whose order awaits its start at the connector plugs in. */
  | ({ readonly kind: 'begin' } & At & Sent)
  /** 2.x: a cable starts a transaction before anybody is authorised. */
  | ({ readonly kind: 'plug' } & At & Sent)
  | ({ readonly kind: 'card'; readonly card: 'A' | 'B' } & At & Sent)
  | ({ readonly kind: 'vouched' } & At & Sent)
  /** 2.x: another tag is presented during the transaction. */
  | ({ readonly kind: 'join'; readonly card: 'A' | 'B' } & At & Sent)
  | ({ readonly kind: 'charge'; readonly minutes: number } & Sent)
  | ({ readonly kind: 'end'; readonly form: StopForm; readonly metered: boolean } & At & Sent)
  | ({ readonly kind: 'status' } & At & Sent)
  | {
      readonly kind: 'power-cut';
      /** Whether running transactions end unreported, are reported after the boot, or resume. */
      readonly ends: 'never' | 'after' | 'resumed';
      readonly form: StopForm;
      readonly minutes: number;
      readonly keepsQueue: boolean;
    }
  | { readonly kind: 'offline' }
  | { readonly kind: 'online'; readonly sequence: 'kept' | 'swapped' | 'ends-first' }
  /** An earlier message is sent again with another message id. */
  | { readonly kind: 'repeat'; readonly back: number; readonly time: 'same' | 'later' | 'unreadable' }
  | ({ readonly kind: 'meter-replaced'; readonly registerWh: number } & At)
  | { readonly kind: 'buyer-stops'; readonly back: number }
  | { readonly kind: 'bridge-restarts' }
  | { readonly kind: 'wait'; readonly minutes: number };

export interface Scenario {
  readonly firmware: Firmware;
  readonly steps: readonly Step[];
  /** Whether queued messages and running transactions are still reported at the end. */
  readonly isEndReported: boolean;
}

const often = <const T>(value: T, weight: number) => ({ arbitrary: fc.constant(value), weight });

const connector = fc.constantFrom(1 as const, 1 as const, 2 as const);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  often('delivered', 12),
  often('lost', 3),
  often('doubled', 2),
  often('unanswered', 2),
  often('late', 2),
);
const form: fc.Arbitrary<StopForm> = fc.oneof(
  often('right', 8),
  often('no-tag', 3),
  often('minus-one', 1),
  often('zero', 1),
  often('wrong-number', 1),
  often('neither', 2),
  often('previous-number', 1),
);
const card = fc.constantFrom('A' as const, 'B' as const);
const kind = <K extends Step['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);

const STEPS: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 5, arbitrary: fc.record({ kind: kind('order'), connector, wh: fc.constantFrom(4000, 20_000, 60_000) }) },
  { weight: 6, arbitrary: fc.record({ kind: kind('begin'), connector, fate }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('plug'), connector, fate }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('card'), connector, card, fate }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('vouched'), connector, fate }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('join'), connector, card, fate }) },
  { weight: 8, arbitrary: fc.record({ kind: kind('charge'), minutes: fc.constantFrom(2, 5, 11), fate }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('end'),
      connector,
      form,
      metered: fc.constantFrom(true, true, true, false),
      fate,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('status'), connector, fate }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('power-cut'),
      ends: fc.constantFrom('never' as const, 'after' as const, 'resumed' as const),
      form,
      minutes: fc.constantFrom(0, 1, 30),
      keepsQueue: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('offline') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('online'),
      sequence: fc.constantFrom('kept' as const, 'swapped' as const, 'ends-first' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('repeat'),
      back: fc.nat(8),
      time: fc.constantFrom('same' as const, 'later' as const, 'unreadable' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('meter-replaced'), connector, registerWh: fc.constantFrom(0, 700, 9_000_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('buyer-stops'), back: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('bridge-restarts') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('wait'), minutes: fc.constantFrom(1, 20, 90) }) },
];

const aFirmware: fc.Arbitrary<Firmware> = fc.record({
  version: fc.constantFrom('1.6', '2.0.1'),
  echo: fc.oneof(often('same', 4), often('lower', 1), often('longer', 1)),
  namesTransaction: fc.boolean(),
  obeysRefusal: fc.boolean(),
  obeysStop: fc.oneof(often(true, 4), often(false, 1)),
  countsAgain: fc.boolean(),
  numbering: fc.oneof(often('transaction', 4), often('station', 1), often('zero', 1)),
  tagAtEnd: fc.boolean(),
  forgetsTime: fc.oneof(often(false, 4), often(true, 1)),
  answersTriggers: fc.boolean(),
  newMeters: fc.oneof(often(false, 5), often(true, 1)),
  omits: fc.oneof(often('nothing', 6), often('connector', 1), often('names', 1), often('all', 1)),
  tellsState: fc.oneof(often(true, 4), often(false, 1)),
  answersStarts: fc.oneof(often(true, 5), often(false, 1)),
});

const aStep: fc.Arbitrary<Step> = fc.oneof(...STEPS);

/** A step of another driver while an order awaits its start. Its first message is sometimes lost. */
const aStrangersStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: kind('card'), connector, card, fate: fc.constantFrom('lost' as const, 'delivered' as const) }),
  fc.record({ kind: kind('charge'), minutes: fc.constant(1), fate: fc.constant('delivered' as const) }),
  fc.record({ kind: kind('end'), connector, form, metered: fc.constant(true), fate }),
);

/** Separate steps, or an order's session with steps in the middle, so that most scenarios contain something to lose. */
const aChapter: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc.array(aStep, { minLength: 1, maxLength: 3 }),
  fc
    .record({
      connector,
      wh: fc.constantFrom(4000, 20_000, 60_000),
      beforeBegin: fc.array(fc.oneof(aStep, aStrangersStep), { maxLength: 3 }),
      begins: fate,
      inside: fc.array(aStep, { maxLength: 2 }),
      reads: fate,
      ends: fc.option(fc.record({ form, fate }), { nil: undefined }),
    })
    .map(({ connector: at, wh, beforeBegin, begins, inside, reads, ends }): readonly Step[] => [
      { kind: 'order', connector: at, wh },
      ...beforeBegin,
      { kind: 'begin', connector: at, fate: begins },
      ...inside,
      { kind: 'charge', minutes: 5, fate: reads },
      ...(ends ? [{ kind: 'end', connector: at, metered: true, ...ends } as const] : []),
    ]),
);

export const aScenario: fc.Arbitrary<Scenario> = fc.record({
  firmware: aFirmware,
  isEndReported: fc.boolean(),
  steps: fc.array(aChapter, { minLength: 1, maxLength: 9, size: 'max' }).map((chapters) => chapters.flat()),
});
