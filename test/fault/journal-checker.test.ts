/** The judge itself: a journey that went well is let pass, and every promise that is broken in it is found. */
import { beforeAll, describe, expect, it } from 'vitest';
import { brokenPromises, type Evidence } from './journal-checker.js';
import { run } from './crash-test.js';
import { WireJournal, type BecknEntry, type Call } from './wire-journal.js';

let good: Evidence;

beforeAll(async () => {
  good = (await run({ scenario: 'buyer-stops' })).evidence;
});

interface Wires {
  readonly callbacks: BecknEntry[];
  readonly fromCharger: Call[];
  readonly toCharger: Call[];
}

/** The evidence with something changed on its wires. */
function tampered(change: (wires: Wires) => void): Evidence {
  const journal = new WireJournal();
  journal.callbacks.push(...structuredClone(good.journal.callbacks));
  journal.requests.push(...structuredClone(good.journal.requests));
  journal.fromCharger.push(...structuredClone(good.journal.fromCharger));
  journal.toCharger.push(...structuredClone(good.journal.toCharger));
  for (const messageId of good.journal.acknowledged) journal.acknowledged.add(messageId);
  change(journal);
  return { ...good, journal };
}

const ending = ({ callbacks }: Wires): BecknEntry => {
  const found = callbacks.findLast((one) => one.action === 'on_status' && one.text.includes('"COMPLETE"'));
  const unasked = callbacks.find((one) => one.action === 'on_status' && one.text.includes('"COMPLETE"')) ?? found;
  if (!unasked) throw new Error('the end was not notified');
  return unasked;
};

const reworded = (entry: BecknEntry, from: RegExp, to: string): BecknEntry => {
  const text = entry.text.replace(from, to);
  if (text === entry.text) throw new Error(`nothing like ${String(from)} was said`);
  return { ...entry, text, body: JSON.parse(text) as BecknEntry['body'] };
};

const callOf = (calls: Call[], action: string): Call => {
  const found = calls.find((call) => call.action === action);
  if (!found) throw new Error(`no ${action}`);
  return found;
};

describe('the checker', () => {
  it('has nothing to say about a journey that went well, even when everything came twice', () => {
    expect(brokenPromises(good)).toEqual([]);
    expect(brokenPromises(tampered((wires) => void wires.callbacks.push(...wires.callbacks)))).toEqual([]);
  });

  it.for([
    [
      'a second session',
      /2 sessions began/,
      (wires: Wires): void => {
        const start = callOf(wires.fromCharger, 'StartTransaction');
        wires.fromCharger.push({ ...start, payload: { ...start.payload, timestamp: '2030-01-01T00:00:00Z' } });
      },
    ],
    [
      'a second number for one session',
      /was given the numbers/,
      (wires: Wires): void => {
        const start = callOf(wires.fromCharger, 'StartTransaction');
        wires.fromCharger.push({ ...start, result: { ...start.result, transactionId: 99 } });
      },
    ],
    [
      'a start under another tag',
      /2 tags/,
      (wires: Wires): void => {
        const start = callOf(wires.toCharger, 'RemoteStartTransaction');
        wires.toCharger.push({ ...start, payload: { ...start.payload, idTag: 'SOMEBODY' } });
      },
    ],
    [
      'a second ending',
      /notified in 2 different ways/,
      (wires: Wires): void =>
        void wires.callbacks.push(reworded(ending(wires), /"value":"\d+\.\d\d"/, '"value":"0.01"')),
    ],
    ['no ending', /notified in 0 different ways/, (wires: Wires): void => void drop(wires, ending(wires))],
    [
      'another bill',
      /the meter/,
      (wires: Wires): void => {
        const end = ending(wires);
        wires.callbacks[wires.callbacks.indexOf(end)] = reworded(
          end,
          /("price":\{"currency":"INR","value":)"[^"]+"/,
          '$1"99.99"',
        );
      },
    ],
    [
      'an acknowledged request without its answer',
      /confirm .* acknowledged and not answered/,
      (wires: Wires): void => {
        for (const one of wires.callbacks.filter((entry) => entry.action === 'on_confirm')) drop(wires, one);
      },
    ],
    [
      'an answer in other words',
      /on_confirm was sent twice/,
      (wires: Wires): void => {
        const confirmed = wires.callbacks.find((one) => one.action === 'on_confirm');
        if (confirmed) wires.callbacks.push(reworded(confirmed, /"ACTIVE"/, '"COMPLETE"'));
      },
    ],
    [
      'an end of the charge point that is not kept',
      /is lost/,
      (wires: Wires): void => {
        const stop = callOf(wires.fromCharger, 'StopTransaction');
        stop.payload.meterStop = Number(stop.payload.meterStop) + 1;
      },
    ],
  ] as const)('finds %s', ([, sentence, change]) => {
    expect(brokenPromises(tampered(change)).join('; ')).toMatch(sentence);
  });

  it('finds what the operator would see: an order that runs, a debt, a discrepancy, a callback that was not believed', () => {
    const { operator } = good;
    const order = { ...operator.order, state: 'stopping' };
    const discrepancies = [{ kind: 'unmatched-stop' }];
    const broken = brokenPromises({
      ...good,
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

function drop({ callbacks }: Wires, entry: BecknEntry): void {
  callbacks.splice(callbacks.indexOf(entry), 1);
}
