import { describe, expect, it } from 'vitest';
import { createOcppHarness } from '../ocpp-harness.js';

describe('two sockets with one identity', () => {
  it('a silent old socket gives way after 3 s; what the new one said meanwhile is answered then', async () => {
    const harness = createOcppHarness();
    const old = harness.connect('CP1', { address: '10.0.0.1' });
    old.alive = false;
    const call = harness.sockets.sendCommand('CP1', {
      type: 'remote-start',
      connectorId: 1,
      idTag: 'T',
      remoteStartId: 7,
    });
    const fresh = harness.connect('CP1', { address: '10.9.9.9' });
    fresh.say([2, '1', 'Heartbeat', {}]);
    await harness.clock.advance(2_900);
    expect(fresh.sent).toEqual([]);
    await harness.clock.advance(100);
    expect(await call).toEqual({ kind: 'unknown', reason: 'replaced' });
    expect(old.closedWith).toMatch(/^1001/);
    expect(fresh.last().slice(0, 2)).toEqual([3, '1']);
    expect(harness.intake.connectionLog).toEqual(['+CP1 1.6 1', '+CP1 1.6 2']);
    expect(harness.events.of('charger.replaced')).toHaveLength(1);
  });

  it('the late close of the replaced socket changes nothing, and its frames are not heard', async () => {
    const harness = createOcppHarness();
    const old = harness.connect();
    old.alive = false;
    const fresh = harness.connect();
    await harness.clock.advance(3_000);
    const heard = harness.intake.events.length;
    old.say([2, '1', 'Heartbeat', {}]);
    expect(harness.intake.events).toHaveLength(heard);
    old.drop();
    expect(harness.sockets.isOnline('CP1')).toBe(true);
    fresh.drop();
    expect(harness.intake.connectionLog.at(-1)).toBe('-CP1 2');
    expect(harness.sockets.isOnline('CP1')).toBe(false);
  });

  it('without a password, a stranger from another address does not throw off a living charger', async () => {
    const harness = createOcppHarness();
    const old = harness.connect('CP1', { address: '10.0.0.1' });
    const stranger = harness.connect('CP1', { address: '10.9.9.9' });
    await harness.settle();
    expect(stranger.closedWith).toMatch(/^1008/);
    expect(old.closedWith).toBeUndefined();
    expect(harness.events.of('charger.refused')).toHaveLength(1);
    const call = harness.sockets.sendCommand('CP1', { type: 'remote-stop', transactionId: '1' });
    old.say([3, 'call-1', { status: 'Accepted' }]);
    expect(await call).toMatchObject({ status: 'Accepted' });
  });

  it('with a password, or from the same address, the newcomer wins at once', async () => {
    const harness = createOcppHarness();
    harness.connect('A', { address: '10.0.0.1', profile: 2 });
    const a = harness.connect('A', { address: '10.9.9.9', profile: 2 });
    harness.connect('B', { address: '10.0.0.1' });
    const b = harness.connect('B', { address: '10.0.0.1' });
    await harness.settle();
    for (const socket of [a, b]) {
      socket.say([2, '1', 'Heartbeat', {}]);
      expect(socket.last()[0]).toBe(3);
    }
  });

  it.each([
    ['0, another address', 0, 'other', false, 'old'],
    ['0, the same address', 0, 'same', false, 'new'],
    ['0, the same address, an open transaction', 0, 'same', true, 'old'],
    ['1, another address', 1, 'other', false, 'old'],
    ['1, the same address', 1, 'same', false, 'new'],
    ['1, the same address, an open transaction', 1, 'same', true, 'old'],
    ['2, another address, an open transaction', 2, 'other', true, 'new'],
    ['3, another address, an open transaction', 3, 'other', true, 'new'],
  ] as const)('both alive, profile %s: the %s', async (_name, profile, where, charging, winner) => {
    const harness = createOcppHarness();
    if (charging) harness.intake.chargingIds.add('CP1');
    const old = harness.connect('CP1', { address: '10.0.0.1', profile });
    const fresh = harness.connect('CP1', { address: where === 'same' ? '10.0.0.1' : '10.9.9.9', profile });
    await harness.settle();
    expect(old.closedWith?.slice(0, 4)).toBe(winner === 'old' ? undefined : '1001');
    expect(fresh.closedWith?.slice(0, 4)).toBe(winner === 'old' ? '1008' : undefined);
    // Both outcomes are reported.
    const reported = winner === 'old' ? harness.events.of('charger.refused') : harness.events.of('charger.replaced');
    expect(reported).toMatchObject([{ chargePointId: 'CP1', profile }]);
  });

  it('a CALL that a replaced living socket has not answered is unknown, and the new socket does not get it', async () => {
    const harness = createOcppHarness();
    const old = harness.connect('CP1', { profile: 2 });
    const call = harness.sockets.sendCommand('CP1', {
      type: 'remote-start',
      connectorId: 1,
      idTag: 'T',
      remoteStartId: 7,
    });
    const waiting = harness.sockets.sendCommand('CP1', { type: 'unlock-connector', connectorId: 1 });
    const fresh = harness.connect('CP1', { profile: 2 });
    await harness.settle();
    expect(await call).toEqual({ kind: 'unknown', reason: 'replaced' });
    expect(await waiting).toEqual({ kind: 'not-sent', reason: 'offline' });
    expect(fresh.sent).toEqual([]);
    old.say([3, 'call-1', { status: 'Accepted' }]);
    expect(harness.events.of('charger.late-answer')).toEqual([]);
  });

  it('a third socket takes the place of the second while the first is asked', async () => {
    const harness = createOcppHarness();
    const old = harness.connect();
    old.alive = false;
    const [second, third] = [harness.connect(), harness.connect()];
    expect(second.closedWith).toMatch(/^1001/);
    second.drop();
    await harness.clock.advance(3_000);
    third.say([2, '1', 'Heartbeat', {}]);
    expect(third.last()[0]).toBe(3);
    expect(harness.intake.connectionLog).toEqual(['+CP1 1.6 1', '+CP1 1.6 2']);
  });

  it('nothing new is sent to either while it is undecided', async () => {
    const harness = createOcppHarness();
    const old = harness.connect();
    old.alive = false;
    const fresh = harness.connect();
    void harness.sockets.sendCommand('CP1', { type: 'remote-stop', transactionId: '1' });
    expect([...old.sent, ...fresh.sent]).toEqual([]);
    fresh.drop();
    expect(old.sent).toHaveLength(1);
    expect(harness.sockets.isOnline('CP1')).toBe(true);
  });

  it('more than three takeovers of a living socket in a minute freeze the identity where it is', async () => {
    const harness = createOcppHarness();
    let current = harness.connect('A', { profile: 2 });
    for (let n = 0; n < 3; n += 1) {
      current = harness.connect('A', { profile: 2 });
      await harness.settle();
    }
    const fourth = harness.connect('A', { profile: 2 });
    await harness.settle();
    expect(fourth.closedWith).toMatch(/^1008/);
    expect(current.closedWith).toBeUndefined();
    expect(harness.events.of('charger.flapping')).toMatchObject([{ chargePointId: 'A' }]);
    await harness.clock.advance(61_000);
    const later = harness.connect('A', { profile: 2 });
    await harness.settle();
    expect(later.closedWith).toBeUndefined();
  });

  it('more than three takeovers of a living socket in ten minutes put the charge point into quarantine', async () => {
    const harness = createOcppHarness();
    let turn = 0;
    const takeOver = async (minutes: number): Promise<void> => {
      // The addresses alternate, because two sockets from one address count as one charger.
      turn += 1;
      harness.connect('A', { profile: 2, address: turn % 2 === 0 ? '10.9.9.9' : '10.0.0.1' });
      await harness.settle();
      await harness.clock.advance(minutes * 60_000);
    };
    await takeOver(0);
    for (let n = 0; n < 3; n += 1) await takeOver(3);
    // The first takeover no longer counts by then.
    await harness.clock.advance(60_000);
    await takeOver(2);
    expect(harness.intake.quarantines).toEqual([]);
    await takeOver(0);
    expect(harness.intake.quarantines).toMatchObject([
      { id: 'A', cause: { reason: 'takeovers', address: '10.9.9.9', detail: expect.stringMatching(/^4 .* 600 s/) } },
    ]);
  });

  it('so does one that the limit of a minute has stopped, and another number where it is set', async () => {
    const harness = createOcppHarness();
    for (let n = 0; n < 5; n += 1) {
      harness.connect('A', { profile: 2, address: `10.0.0.${n}` });
      await harness.settle();
    }
    expect(harness.events.of('charger.flapping')).toHaveLength(1);
    // The fourth was stopped, so the detail must not call it a takeover.
    expect(harness.events.of('charger.replaced')).toHaveLength(3);
    expect(harness.intake.quarantines).toMatchObject([
      { id: 'A', cause: { reason: 'takeovers', detail: expect.stringMatching(/^4 times .* claimed/) } },
    ]);
    const strict = createOcppHarness({ quarantine: { takeovers: 1, withinS: 600 } });
    for (let n = 0; n < 3; n += 1) {
      strict.connect('A', { profile: 2, address: `10.0.0.${n}` });
      await strict.settle();
    }
    expect(strict.intake.quarantines).toHaveLength(1);
  });

  it('neither a stranger who loses, nor a silent socket that is replaced, puts anybody into quarantine', async () => {
    const harness = createOcppHarness({ quarantine: { takeovers: 1, withinS: 600 } });
    harness.connect('A', { profile: 1, address: '10.0.0.1' });
    for (let n = 0; n < 5; n += 1) {
      harness.connect('A', { profile: 1, address: '10.9.9.9' });
      await harness.settle();
    }
    let silent = harness.connect('B', { profile: 3, fingerprint: 'AA' });
    for (let n = 0; n < 5; n += 1) {
      silent.alive = false;
      silent = harness.connect('B', { profile: 3, fingerprint: `B${n}` });
      await harness.clock.advance(3_000);
    }
    expect(harness.events.of('charger.replaced')).toHaveLength(5);
    expect(harness.intake.quarantines).toEqual([]);
  });

  it('when the old one goes by itself the new one has the identity at once', () => {
    const harness = createOcppHarness();
    const old = harness.connect();
    old.alive = false;
    const fresh = harness.connect();
    old.drop();
    fresh.say([2, '1', 'Heartbeat', {}]);
    expect(fresh.last()[0]).toBe(3);
    expect(harness.intake.connectionLog).toEqual(['+CP1 1.6 1', '-CP1 1', '+CP1 1.6 2']);
  });
});

describe('life', () => {
  it('a dead socket is found within 90 s', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    await harness.clock.advance(35_000);
    charger.alive = false;
    await harness.clock.advance(90_000);
    expect(charger.closedWith).toBe('terminated');
    expect(harness.intake.connectionLog.at(-1)).toBe('-CP1 1');
  });

  it('whenever in the rhythm of pings it dies', async () => {
    for (let phase = 0; phase <= 31; phase += 1) {
      // The sweep interval does not divide the ping interval, so pings are late by varying amounts.
      const harness = createOcppHarness({ sweepMs: 1_300 });
      const charger = harness.connect();
      await harness.clock.advance(90_500 + phase * 1_000);
      charger.alive = false;
      let waited = 0;
      for (; charger.closedWith === undefined && waited < 200; waited += 1) await harness.clock.advance(1_000);
      expect(waited).toBeLessThanOrEqual(90);
    }
  });

  it("as soon when the host's clock was set back meanwhile", async () => {
    const harness = createOcppHarness();
    const silent = harness.connect('A');
    silent.alive = false;
    harness.clock.step(-86_400_000);
    await harness.clock.advance(90_000);
    expect(silent.closedWith).toBeDefined();
  });

  it('a socket that answers pings, or speaks, stays', async () => {
    const harness = createOcppHarness();
    const pinged = harness.connect('A');
    const speaking = harness.connect('B');
    speaking.alive = false;
    for (let n = 0; n < 10; n += 1) {
      await harness.clock.advance(29_000);
      speaking.say([2, `${n}`, 'Heartbeat', {}]);
    }
    expect([pinged.closedWith, speaking.closedWith]).toEqual([undefined, undefined]);
    expect(pinged.pings).toBeGreaterThan(5);
  });

  it('five hundred sockets share one timer, and leave none behind', async () => {
    const harness = createOcppHarness();
    for (let n = 0; n < 500; n += 1) harness.connect(`CP${n}`);
    expect(harness.clock.pending()).toBe(1);
    await harness.sockets.stop(1_000);
    expect(harness.clock.pending()).toBe(0);
    expect(harness.intake.connectionLog).toHaveLength(1_000);
  });

  it('a stop cuts whoever does not say goodbye in time', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.alive = false;
    const stopped = harness.sockets.stop(5_000);
    await harness.clock.advance(5_000);
    await stopped;
    expect(charger.closedWith).toMatch(/^1001/);
    expect(harness.sockets.isOnline('CP1')).toBe(false);
    expect(harness.clock.pending()).toBe(0);
  });
});
