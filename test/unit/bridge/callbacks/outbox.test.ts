import { afterEach, describe, expect, it } from 'vitest';
import { Outbox, type OutboxItem, type OutboxOutcome } from '../../../../src/bridge/callbacks/outbox.js';
import type { Delivery } from '../../../../src/ports/callback-delivery.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const HOUR = 3_600_000;
const random = { uuid: () => 'u', base32: (n: number) => 'A'.repeat(n), fraction: () => 0.5 };

function setUp(retry: readonly number[] = [1000, 5000]) {
  const clock = createManualClock(0);
  const failures: unknown[] = [];
  const outbox = new Outbox({ clock, random, retryMs: retry, onError: (error) => void failures.push(error) });
  const sent: string[] = [];
  const outcomes: [string, OutboxOutcome][] = [];
  const answers = new Map<string, Delivery[]>();
  const parcel = (id: string, more: Partial<OutboxItem> = {}): OutboxItem => ({
    id,
    queueKey: 'order-1',
    recipient: 'bap.example',
    decidedAt: 0,
    dueAt: 0,
    giveUpAt: HOUR,
    attempts: 0,
    retryRefusals: false,
    send: async () => {
      sent.push(id);
      return answers.get(id)?.shift() ?? { kind: 'delivered' };
    },
    settle: async (outcome) => void outcomes.push([id, outcome]),
    ...more,
  });
  const fails = (id: string, ...reasons: Delivery[]): void => void answers.set(id, reasons);
  return { clock, outbox, failures, sent, outcomes, parcel, fails };
}

const down: Delivery = { kind: 'failed', reason: 'HTTP 502' };

describe('the outbox', () => {
  let outbox: Outbox | undefined;
  afterEach(() => outbox?.stop());

  it('sends what one order owes strictly in order, whatever takes how long', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('first', down);
    t.outbox.add(t.parcel('first'));
    t.outbox.add(t.parcel('second'));
    await t.clock.advance(0);
    expect(t.sent).toEqual(['first']);
    await t.clock.advance(1000);
    expect(t.sent).toEqual(['first', 'first', 'second']);
  });

  it('lets a stuck order delay no other', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('stuck', down);
    t.outbox.add(t.parcel('stuck'));
    t.outbox.add(t.parcel('free', { queueKey: 'order-2' }));
    await t.clock.advance(0);
    expect(t.sent).toEqual(['stuck', 'free']);
  });

  it('waits longer with each failure, as long as the last wait at most', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', down, down, down);
    t.outbox.add(t.parcel('p'));
    await t.clock.advance(0);
    await t.clock.advance(1000);
    await t.clock.advance(4999);
    expect(t.sent).toHaveLength(2);
    await t.clock.advance(1);
    expect(t.sent).toHaveLength(3);
    await t.clock.advance(5000);
    expect(t.sent).toHaveLength(4);
    expect(t.outcomes.at(-1)).toEqual(['p', { kind: 'delivered' }]);
  });

  it('waits as long as the peer asks', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', { kind: 'failed', reason: 'HTTP 429', retryAfterMs: 30_000 });
    t.outbox.add(t.parcel('p'));
    await t.clock.advance(29_999);
    expect(t.sent).toHaveLength(1);
    await t.clock.advance(1);
    expect(t.sent).toHaveLength(2);
  });

  it('gives up at its deadline and says why', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', down, down, down);
    t.outbox.add(t.parcel('p', { giveUpAt: 3000 }));
    await t.clock.advance(10_000);
    expect(t.outcomes.at(-1)).toEqual(['p', { kind: 'given-up', reason: 'HTTP 502' }]);
  });

  it('takes a refusal as final, but for a terminal status', async () => {
    const t = setUp();
    outbox = t.outbox;
    const no: Delivery = { kind: 'refused', reason: 'NACK' };
    t.fails('news', no);
    t.fails('end', no);
    t.outbox.add(t.parcel('news'));
    t.outbox.add(t.parcel('end', { queueKey: 'order-2', retryRefusals: true }));
    await t.clock.advance(0);
    expect(t.outcomes[0]).toEqual(['news', { kind: 'refused', reason: 'NACK' }]);
    expect(t.outcomes[1]).toMatchObject(['end', { kind: 'retry', attempts: 1 }]);
    await t.clock.advance(60_000);
    expect(t.outcomes.at(-1)).toEqual(['end', { kind: 'delivered' }]);
  });

  it('tries at once when the peer has just spoken to us', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', down);
    t.outbox.add(t.parcel('p'));
    await t.clock.advance(0);
    t.outbox.retryNow('somebody.else');
    await t.clock.advance(0);
    expect(t.sent).toHaveLength(1);
    t.outbox.retryNow('bap.example');
    await t.clock.advance(0);
    expect(t.sent).toHaveLength(2);
  });

  it("waits no longer because the host's clock was set back meanwhile", async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', down);
    t.outbox.add(t.parcel('p'));
    await t.clock.advance(0);
    t.clock.step(-HOUR);
    await t.clock.advance(1000);
    expect(t.sent).toHaveLength(2);
  });

  it("tries at once for a buyer app that is heard, also after the host's clock was set back", async () => {
    const t = setUp();
    outbox = t.outbox;
    t.fails('p', down, down);
    t.outbox.add(t.parcel('p'));
    await t.clock.advance(0);
    t.outbox.retryNow('bap.example');
    await t.clock.advance(0);
    t.clock.step(-24 * HOUR);
    await t.clock.advance(4999);
    t.outbox.retryNow('bap.example');
    await t.clock.advance(0);
    expect(t.sent).toHaveLength(2);
    await t.clock.advance(1);
    t.outbox.retryNow('bap.example');
    await t.clock.advance(0);
    expect(t.sent).toHaveLength(3);
  });

  it('passes over what is not owed any more', async () => {
    const t = setUp();
    outbox = t.outbox;
    t.outbox.add(t.parcel('old', { send: async () => undefined }));
    t.outbox.add(t.parcel('new'));
    await t.clock.advance(0);
    expect(t.sent).toEqual(['new']);
    expect(t.outcomes.map(([id]) => id)).toEqual(['new']);
  });

  it('saves an outcome again that could not be saved, and does not send the parcel again', async () => {
    const t = setUp();
    outbox = t.outbox;
    let saves = 0;
    const settled = async (): Promise<void> => {
      if (++saves === 1) throw new StoreFault('disk full');
    };
    t.outbox.add(t.parcel('p', { settle: settled }));
    await t.clock.advance(0);
    await t.clock.advance(1000);
    expect(t.sent).toEqual(['p']);
    expect(saves).toBe(2);
    expect(t.failures).toHaveLength(1);
  });

  it('reports a bug and tries it again in peace', async () => {
    const t = setUp();
    outbox = t.outbox;
    let tries = 0;
    const send = async (): Promise<Delivery> => {
      tries += 1;
      throw new TypeError('no such thing');
    };
    t.outbox.add(t.parcel('p', { send }));
    await t.clock.advance(120_000);
    expect(tries).toBe(3);
    expect(t.failures).toHaveLength(3);
  });
});
