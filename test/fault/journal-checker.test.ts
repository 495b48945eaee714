/** Tests the checker itself: it accepts a correct journey and reports what is wrong with a tampered one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { brokenPromises, type Evidence } from './journal-checker.js';
import { run } from './crash-test.js';
import { WireJournal, type BecknEntry, type Call } from './wire-journal.js';

let correct: Evidence;

beforeAll(async () => {
  correct = (await run({ scenario: 'buyer-stops' })).evidence;
});

interface Traffic {
  readonly callbacks: BecknEntry[];
  readonly fromCharger: Call[];
  readonly toCharger: Call[];
}

/** Returns the evidence with changed traffic. */
function tampered(change: (traffic: Traffic) => void): Evidence {
  const journal = new WireJournal();
  journal.callbacks.push(...structuredClone(correct.journal.callbacks));
  journal.requests.push(...structuredClone(correct.journal.requests));
  journal.fromCharger.push(...structuredClone(correct.journal.fromCharger));
  journal.toCharger.push(...structuredClone(correct.journal.toCharger));
  for (const messageId of correct.journal.acknowledged) journal.acknowledged.add(messageId);
  change(journal);
  return { ...correct, journal };
}

const ending = ({ callbacks }: Traffic): BecknEntry => {
  const found = callbacks.findLast((one) => one.action === 'on_status' && one.text.includes('"COMPLETE"'));
  const unsolicited = callbacks.find((one) => one.action === 'on_status' && one.text.includes('"COMPLETE"')) ?? found;
  if (!unsolicited) throw new Error('the end was not notified');
  return unsolicited;
};

const reworded = (entry: BecknEntry, from: RegExp, to: string): BecknEntry => {
  const text = entry.text.replace(from, to);
  if (text === entry.text) throw new Error(`no text matches ${String(from)}`);
  return { ...entry, text, body: JSON.parse(text) as BecknEntry['body'] };
};

const callOf = (calls: Call[], action: string): Call => {
  const found = calls.find((call) => call.action === action);
  if (!found) throw new Error(`no ${action}`);
  return found;
};

describe('the checker', () => {
  it('accepts a correct journey, even when every callback arrives twice', () => {
    expect(brokenPromises(correct)).toEqual([]);
    expect(brokenPromises(tampered((traffic) => void traffic.callbacks.push(...traffic.callbacks)))).toEqual([]);
  });

  it.for([
    [
      'a second session',
      /2 sessions began/,
      (traffic: Traffic): void => {
        const start = callOf(traffic.fromCharger, 'StartTransaction');
        traffic.fromCharger.push({ ...start, payload: { ...start.payload, timestamp: '2030-01-01T00:00:00Z' } });
      },
    ],
    [
      'a second number for one session',
      /was given the numbers/,
      (traffic: Traffic): void => {
        const start = callOf(traffic.fromCharger, 'StartTransaction');
        traffic.fromCharger.push({ ...start, result: { ...start.result, transactionId: 99 } });
      },
    ],
    [
      'a start under another tag',
      /2 tags/,
      (traffic: Traffic): void => {
        const start = callOf(traffic.toCharger, 'RemoteStartTransaction');
        traffic.toCharger.push({ ...start, payload: { ...start.payload, idTag: 'SOMEBODY' } });
      },
    ],
    [
      'a second ending',
      /notified in 2 different ways/,
      (traffic: Traffic): void =>
        void traffic.callbacks.push(reworded(ending(traffic), /"value":"\d+\.\d\d"/, '"value":"0.01"')),
    ],
    ['no ending', /notified in 0 different ways/, (traffic: Traffic): void => void drop(traffic, ending(traffic))],
    [
      'another bill',
      /the meter/,
      (traffic: Traffic): void => {
        const end = ending(traffic);
        traffic.callbacks[traffic.callbacks.indexOf(end)] = reworded(
          end,
          /("price":\{"currency":"INR","value":)"[^"]+"/,
          '$1"99.99"',
        );
      },
    ],
    [
      'an acknowledged request without its answer',
      /confirm .* acknowledged and not answered/,
      (traffic: Traffic): void => {
        for (const one of traffic.callbacks.filter((entry) => entry.action === 'on_confirm')) drop(traffic, one);
      },
    ],
    [
      'an answer in other words',
      /on_confirm was sent twice/,
      (traffic: Traffic): void => {
        const confirmed = traffic.callbacks.find((one) => one.action === 'on_confirm');
        if (confirmed) traffic.callbacks.push(reworded(confirmed, /"ACTIVE"/, '"COMPLETE"'));
      },
    ],
    [
      'an end of the charge point that is not kept',
      /is lost/,
      (traffic: Traffic): void => {
        const stop = callOf(traffic.fromCharger, 'StopTransaction');
        stop.payload.meterStop = Number(stop.payload.meterStop) + 1;
      },
    ],
  ] as const)('finds %s', ([, sentence, change]) => {
    expect(brokenPromises(tampered(change)).join('; ')).toMatch(sentence);
  });

  describe('of what the operator collects', () => {
    type Collected = NonNullable<Evidence['collected']>;
    const collected = (): Collected => {
      const { payment, bill } = correct.operator.order as unknown as {
        readonly payment: { readonly paid: number };
        readonly bill: { readonly total: number };
      };
      expect(payment.paid - bill.total).toBeGreaterThan(2);
      return { payments: 1, paid: payment.paid, refunds: [payment.paid - bill.total] };
    };

    it('accepts one payment, and one refund of the rest', () => {
      expect(brokenPromises({ ...correct, collected: collected() })).toEqual([]);
    });

    it.for([
      ['a second payment', /^2 payments were asked for$/, (right: Collected) => ({ ...right, payments: 2 })],
      ['no payment', /^0 payments were asked for$/, (right: Collected) => ({ ...right, payments: 0 })],
      ['no refund', /^paid \d+, back 0, billed \d+$/, (right: Collected) => ({ ...right, refunds: [] })],
      [
        'a refund in two parts',
        /^money went back 2 times$/,
        ({ refunds: [back = 0], ...right }: Collected) => ({ ...right, refunds: [back - 1, 1] }),
      ],
      [
        'a refund that is too large',
        /^paid \d+, back \d+, billed \d+$/,
        ({ refunds: [back = 0], ...right }: Collected) => ({ ...right, refunds: [back + 1] }),
      ],
      [
        'more money than the operator sees',
        /^the provider took \d+, the operator sees \d+$/,
        ({ paid, refunds: [back = 0], ...right }: Collected) => ({ ...right, paid: paid + 1, refunds: [back + 1] }),
      ],
    ] as const)('finds %s', ([, sentence, change]) => {
      const broken = brokenPromises({ ...correct, collected: change(collected()) });
      expect(broken).toContainEqual(expect.stringMatching(sentence));
    });
  });

  it('finds an order that still runs, an owed callback, a discrepancy and a rejected callback', () => {
    const { operator } = correct;
    const order = { ...operator.order, state: 'stopping' };
    const discrepancies = [{ kind: 'unmatched-stop' }];
    const broken = brokenPromises({
      ...correct,
      rejected: ['on_status'],
      operator: { ...operator, order, discrepancies, owed: 1 },
    });
    expect(broken).toEqual([
      expect.stringContaining('not believed'),
      'the order is stopping',
      '1 callbacks are owed',
      'discrepancies: unmatched-stop',
    ]);
  });
});

function drop({ callbacks }: Traffic, entry: BecknEntry): void {
  callbacks.splice(callbacks.indexOf(entry), 1);
}
