import { describe, expect, it } from 'vitest';
import { createOcppHarness, type FakeSocket } from '../ocpp-harness.js';

const FULL = 'Energy.Active.Import.Register,Power.Active.Import,SoC,Voltage,Current.Import';

/** Answers our CALLs like a charger with these keys until no more arrive. Returns the requests. */
async function play(
  harness: ReturnType<typeof createOcppHarness>,
  charger: FakeSocket,
  keys: { [key: string]: string },
  accepts: (key: string, value: string) => string = () => 'Accepted',
): Promise<string[]> {
  const asked: string[] = [];
  for (let seen = 0; ;) {
    await harness.settle();
    if (seen === charger.sent.length) return asked;
    for (; seen < charger.sent.length; seen += 1) {
      const [type, id, action, payload] = JSON.parse(charger.sent[seen] ?? '') as [
        number,
        string,
        string,
        { key?: string; value?: string },
      ];
      if (type !== 2) continue;
      asked.push(payload.value === undefined ? action : `${payload.key}=${payload.value}`);
      if (action === 'GetConfiguration') {
        charger.say([
          3,
          id,
          { configurationKey: Object.entries(keys).map(([key, value]) => ({ key, readonly: false, value })) },
        ]);
      } else charger.say([3, id, { status: accepts(payload.key ?? '', payload.value ?? '') }]);
    }
  }
}

const boot = (charger: FakeSocket) =>
  charger.say([2, 'b', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);

describe('after an accepted boot', () => {
  it('asks nothing before the boot is answered, then reads all keys and sets what differs', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const charger = harness.connect('NEW', { accepted: false });
    boot(charger);
    const keys = {
      MeterValueSampleInterval: '60',
      MeterValuesSampledData: 'Energy.Active.Import.Register',
      TransactionMessageAttempts: '3',
    };
    const asked = await play(harness, charger, keys);
    expect(charger.sent[0]).toMatch(/^\[3,"b"/);
    expect(asked).toEqual([
      'GetConfiguration',
      'MeterValueSampleInterval=30',
      `MeterValuesSampledData=${FULL}`,
      'TransactionMessageAttempts=5',
    ]);
    expect(harness.intake.configurations).toEqual([keys]);
  });

  it('leaves alone what is as wanted', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const charger = harness.connect();
    boot(charger);
    const asked = await play(harness, charger, {
      MeterValueSampleInterval: '30',
      MeterValuesSampledData: FULL,
      TransactionMessageAttempts: '8',
    });
    expect(asked).toEqual(['GetConfiguration']);
  });

  it('shortens the list of measurands step by step while it is rejected', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const charger = harness.connect();
    boot(charger);
    const asked = await play(
      harness,
      charger,
      { MeterValueSampleInterval: '30', TransactionMessageAttempts: '5' },
      (_key, value) => (value.includes('SoC') ? 'Rejected' : 'Accepted'),
    );
    expect(asked.at(-1)).toBe('MeterValuesSampledData=Energy.Active.Import.Register,Power.Active.Import');
    expect(asked).toHaveLength(5);
  });

  it('asks for the connectors only when none was told of within 10 s', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const quiet = harness.connect('QUIET');
    const talking = harness.connect('TALKING');
    const wanted = { MeterValueSampleInterval: '30', MeterValuesSampledData: FULL, TransactionMessageAttempts: '8' };
    for (const charger of [quiet, talking]) {
      boot(charger);
      await play(harness, charger, wanted);
    }
    talking.say([2, 's', 'StatusNotification', { connectorId: 0, errorCode: 'NoError', status: 'Available' }]);
    await harness.clock.advance(11_000);
    expect(quiet.sent.at(-1)).toContain('"TriggerMessage",{"requestedMessage":"StatusNotification"}');
    expect(talking.sent.join()).not.toContain('TriggerMessage');
  });

  it('the first frame of an accepted identity on a new socket asks too, once', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const charger = harness.connect();
    await harness.settle();
    expect(charger.sent).toEqual([]);
    charger.say([2, '1', 'Heartbeat', {}]);
    charger.say([2, '2', 'Heartbeat', {}]);
    await harness.settle();
    expect(charger.sent.map((text) => text.slice(0, 3))).toEqual(['[3,', '[3,', '[2,']);
  });

  it('a charger that does not know GetConfiguration is set up all the same', async () => {
    const harness = createOcppHarness({ configureAtConnect: true });
    const charger = harness.connect();
    boot(charger);
    await harness.settle();
    charger.say([4, 'call-1', 'NotSupported', '', {}]);
    await harness.settle();
    expect(charger.sent.at(-1)).toContain('MeterValueSampleInterval');
    expect(harness.intake.configurations).toEqual([]);
  });

  it('asks nothing when that is switched off, nor when the boot is not accepted', async () => {
    const off = createOcppHarness();
    const charger = off.connect();
    boot(charger);
    await off.clock.advance(20_000);
    expect(charger.sent).toHaveLength(1);

    const pending = createOcppHarness({ configureAtConnect: true });
    pending.intake.respond = () => ({ type: 'booted', status: 'Pending', intervalS: 60, now: 0 });
    const waiting = pending.connect('NEW', { accepted: false });
    boot(waiting);
    await pending.clock.advance(20_000);
    expect(waiting.sent).toHaveLength(1);
  });
});
