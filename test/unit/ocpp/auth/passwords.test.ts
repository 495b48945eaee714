import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessControl } from '../../../../src/ocpp/server/access-control.js';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';
import { IdentityAliases } from '../../../../src/ocpp/server/identity-aliases.js';
import { Passwords, type PasswordOffer } from '../../../../src/ocpp/auth/passwords.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createSqliteStore, type AbandonableStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { createOcppHarness, type FakeSocket } from '../ocpp-harness.js';

const OLD = 'the password of the settings';
const NEW = 'sixteen letters.';
const CONFIGURED = new Map([['CP1', OLD]]);

let harness: ReturnType<typeof createOcppHarness>;
let store: AbandonableStore;
let passwords: Passwords;
let charger: FakeSocket;

beforeEach(async () => {
  harness = createOcppHarness();
  store = createSqliteStore({ path: ':memory:', clock: harness.clock });
  await store.start();
  passwords = await load();
  charger = harness.connect('CP1', { profile: 1 });
});
afterEach(async () => {
  await harness.sockets.stop(0);
  await store.stop();
});

/** Loads the passwords of a new process from the store and the settings. */
async function load(configured: ReadonlyMap<string, string> = CONFIGURED): Promise<Passwords> {
  const fresh = new Passwords({ values: store, random: systemRandom, events: harness.events, configured });
  await fresh.load();
  return fresh;
}

const access = () =>
  new AccessControl({
    rejectedConnections: new RejectedConnections(),
    identityAliases: new IdentityAliases({ values: store, clock: harness.clock }),
    disconnect: () => undefined,
    passwords,
    commandSender: harness.sockets,
    random: systemRandom,
    events: harness.events,
    knownChargePoints: { has: (id) => id === 'CP1', approve: async () => undefined },
    defaultProfile: 1,
    canServeProfile: () => true,
  });

/** Sends the new password to the charger and waits until the call is on the wire. */
async function change(password: string = NEW) {
  const sent = charger.sent.length;
  const done = access().changePassword('CP1', { password });
  for (let turn = 0; turn < 20 && charger.sent.length === sent; turn += 1) await harness.settle();
  return { done, id: String(charger.last()[1]) };
}

/** Returns which of the two passwords a new process would accept. Checking changes nothing. */
async function counts(): Promise<string[]> {
  const valid = [];
  for (const password of [OLD, NEW]) {
    const values = { values: (prefix: string) => store.values(prefix), putValue: async () => undefined };
    const look = new Passwords({ values, random: systemRandom, events: harness.events, configured: CONFIGURED });
    await look.load();
    if (look.verify('CP1', Buffer.from(password))) valid.push(password);
  }
  return valid;
}

describe('TC_073_CSMS, TC_A_09_CSMS, TC_A_10_CSMS a password is changed over OCPP', () => {
  it('is kept, hashed, before it is sent; 1.6 gets the hex of its bytes', async () => {
    const keep = store.putValue.bind(store);
    let keptWhileSent: string[] | undefined;
    store.putValue = async (name, value) => {
      await keep(name, value);
      keptWhileSent ??= [...charger.sent];
    };
    const { id, done } = await change();
    expect(keptWhileSent).toEqual([]);
    expect(charger.last().slice(2)).toEqual([
      'ChangeConfiguration',
      { key: 'AuthorizationKey', value: Buffer.from(NEW).toString('hex') },
    ]);
    const kept = JSON.stringify(await store.values(''));
    expect(kept).toMatch(/hmac-sha256\$/);
    for (const text of [OLD, NEW, Buffer.from(NEW).toString('hex')]) expect(kept).not.toContain(text);
    expect(await counts()).toEqual([OLD, NEW]);
    charger.say([3, id, { status: 'Accepted' }]);
    await done;
  });

  it('a store that cannot keep it: nothing is sent, the old one stays', async () => {
    store.putValue = () => Promise.reject(new StoreFault('disk full'));
    await expect(access().changePassword('CP1', { password: NEW })).rejects.toThrow(StoreFault);
    expect(charger.sent).toEqual([]);
    expect(await counts()).toEqual([OLD]);
    expect(passwords.canOffer('CP1')).toBe('yes');
  });

  it.each([
    [{ status: 'Accepted' }, 'in-force', [NEW]],
    [{ status: 'Rejected' }, 'unchanged', [OLD]],
    [{ status: 'NotSupported' }, 'unchanged', [OLD]],
    [{ status: 'RebootRequired' }, 'both-until-new-used', [OLD, NEW]],
  ])('%j: %s, over a restart too', async (answer, result, valid) => {
    const { id, done } = await change();
    charger.say([3, id, answer]);
    expect(await done).toEqual({ result, chargerStatus: answer.status });
    expect(await counts()).toEqual(valid);
    for (const password of [OLD, NEW])
      expect(passwords.verify('CP1', Buffer.from(password))).toBe(valid.includes(password));
  });

  it('CALLERROR: the old one stays', async () => {
    const { id, done } = await change();
    charger.say([4, id, 'NotImplemented', '', {}]);
    expect(await done).toEqual({ result: 'unchanged', chargerStatus: 'NotImplemented' });
    expect(await counts()).toEqual([OLD]);
  });

  it.each([
    ['old', OLD],
    ['new', NEW],
  ])('no answer: both count until the %s one is used, then the other is dead, over a restart too', async (_n, used) => {
    const { done } = await change();
    await harness.clock.advance(31_000);
    expect(await done).toEqual({ result: 'both-valid', chargerStatus: 'timeout' });
    expect(await counts()).toEqual([OLD, NEW]);
    expect(passwords.verify('CP1', Buffer.from(used))).toBe(true);
    await harness.settle();
    expect(await counts()).toEqual([used]);
    for (const password of [OLD, NEW]) expect(passwords.verify('CP1', Buffer.from(password))).toBe(password === used);
  });

  it('a late Accepted counts', async () => {
    const { id, done } = await change();
    await harness.clock.advance(31_000);
    await done;
    charger.say([3, id, { status: 'Accepted' }]);
    await harness.settle();
    expect(await counts()).toEqual([NEW]);
  });

  it('a late Accepted does not undo a newer change', async () => {
    const first = await change();
    await harness.clock.advance(31_000);
    await first.done;
    const second = await change('a newer password');
    charger.say([3, second.id, { status: 'Accepted' }]);
    await second.done;
    charger.say([3, first.id, { status: 'Accepted' }]);
    await harness.settle();
    expect(harness.events.of('charger.late-answer')).toHaveLength(1);
    expect(await counts()).toEqual([]);
    expect(passwords.verify('CP1', Buffer.from('a newer password'))).toBe(true);
  });

  it('the socket dies before the answer: both', async () => {
    const { done } = await change();
    charger.drop();
    expect(await done).toEqual({ result: 'both-valid', chargerStatus: 'disconnected' });
    expect(await counts()).toEqual([OLD, NEW]);
  });

  it('a crash while it is asked: both, until the charger uses one', async () => {
    await change();
    const after = await load();
    expect(await counts()).toEqual([OLD, NEW]);
    expect(after.verify('CP1', Buffer.from(NEW))).toBe(true);
    await harness.settle();
    expect(await counts()).toEqual([NEW]);
  });

  it('a crash before it was kept: the old one alone', async () => {
    store.putValue = () => new Promise(() => undefined);
    void access().changePassword('CP1', { password: NEW });
    await harness.settle();
    expect(charger.sent).toEqual([]);
    expect(await counts()).toEqual([OLD]);
  });

  it('while the answer is out, a use of either ends nothing; RebootRequired is ended by the new one alone', async () => {
    const { id, done } = await change();
    expect(passwords.verify('CP1', Buffer.from(NEW))).toBe(true);
    expect(passwords.verify('CP1', Buffer.from(OLD))).toBe(true);
    charger.say([3, id, { status: 'RebootRequired' }]);
    await done;
    expect(passwords.verify('CP1', Buffer.from(OLD))).toBe(true);
    await harness.settle();
    const after = await load();
    expect(await counts()).toEqual([OLD, NEW]);
    expect(after.verify('CP1', Buffer.from(NEW))).toBe(true);
    expect(await counts()).toEqual([NEW]);
  });

  it('one at a time, and no more than four unsettled', async () => {
    const { id, done } = await change();
    expect(await access().changePassword('CP1', {})).toEqual({ refused: 'change-in-progress' });
    charger.say([3, id, { status: 'Rejected' }]);
    await done;
    for (let n = 0; n < 3; n += 1) {
      const next = await change(`another password ${n}`);
      await harness.clock.advance(31_000);
      expect(await next.done).toMatchObject({ result: 'both-valid' });
      charger.say([2, `life ${n}`, 'Heartbeat', {}]);
    }
    expect(await access().changePassword('CP1', {})).toEqual({ refused: 'too-many-pending-passwords' });
  });

  it('1.6 cannot take more than twenty bytes: not sent, the old one stays', async () => {
    const change = await access().changePassword('CP1', { password: 'x'.repeat(21) });
    expect(change).toEqual({ refused: 'version-unsupported' });
    expect(await counts()).toEqual([OLD]);
  });

  it('forty hexadecimal digits are sent as they are', async () => {
    const hex = '0123456789abcdef0123456789ABCDEF01234567';
    await change(hex);
    expect(charger.last()[3]).toEqual({ key: 'AuthorizationKey', value: hex });
  });

  it('is in no event', async () => {
    const { id, done } = await change();
    charger.say([3, id, { status: 'Accepted' }]);
    await done;
    expect(harness.events.of('charger.password-changed')).toEqual([
      { chargePointId: 'CP1', result: 'in-force', answer: 'Accepted' },
    ]);
    expect(JSON.stringify(harness.events.all)).not.toMatch(new RegExp(`${NEW}|${Buffer.from(NEW).toString('hex')}`));
  });
});

describe('passwords of the settings', () => {
  it('count until one was changed over OCPP', async () => {
    expect(passwords.verify('CP1', Buffer.from(OLD))).toBe(true);
    expect(passwords.verify('CP2', Buffer.from(OLD))).toBe(false);
    const { id, done } = await change();
    charger.say([3, id, { status: 'Accepted' }]);
    await done;
    expect((await load()).verify('CP1', Buffer.from(OLD))).toBe(false);
  });

  it.each(['plain', 'hmac-sha256$salt', 'hmac-sha256$salt$AAAA'])(
    'a kept record that cannot be read locks, and is told: %s',
    async (record) => {
      await store.putValue('charger-password|CP1', { valid: [record] });
      expect((await load()).verify('CP1', Buffer.from(OLD))).toBe(false);
      expect(harness.events.of('bug')).toHaveLength(1);
    },
  );
});

describe('a reload of the settings', () => {
  const tried = (password: string, id = 'CP1'): boolean => passwords.verify(id, Buffer.from(password));

  it('changes, adds and removes passwords at once', () => {
    const next = new Map([
      ['CP1', NEW],
      ['CP2', OLD],
    ]);
    expect(passwords.configure(next)).toEqual({ applied: ['CP1', 'CP2'], withoutEffect: [] });
    expect([tried(OLD), tried(NEW), tried(OLD, 'CP2')]).toEqual([false, true, true]);
    expect(passwords.configure(new Map([['CP2', OLD]]))).toEqual({ applied: ['CP1'], withoutEffect: [] });
    expect([tried(NEW), passwords.has('CP1'), tried(OLD, 'CP2')]).toEqual([false, false, true]);
  });

  it('does not replace a password that was set later, also one of an earlier run, and says so', async () => {
    await (await passwords.offer('CP1', NEW)).accept();
    for (const each of [passwords, await load()]) {
      expect(each.configure(new Map([['CP1', 'yet another password']]))).toEqual({
        applied: [],
        withoutEffect: ['CP1'],
      });
      expect(each.verify('CP1', Buffer.from(NEW))).toBe(true);
    }
  });

  it.each<[string, (change: PasswordOffer) => Promise<void>]>([
    ['that is refused', (change) => change.reject()],
    [
      'whose outcome is unknown, once the charger uses the old password',
      async (change) => {
        await change.leaveOpen('either');
        tried(OLD);
        await harness.settle();
      },
    ],
  ])('applies after a change %s, at once and over a restart', async (_name, decide) => {
    const next = new Map([
      ['CP1', 'yet another password'],
      ['CP2', OLD],
    ]);
    await decide(await passwords.offer('CP1', NEW));
    await (await passwords.offer('CP2', NEW)).reject();
    expect(await counts()).toEqual([OLD]);
    const restarted = await load(next);
    expect(passwords.configure(next)).toEqual({ applied: ['CP1', 'CP2'], withoutEffect: [] });
    for (const each of [passwords, restarted]) {
      expect(each.verify('CP1', Buffer.from(OLD))).toBe(false);
      expect(each.verify('CP1', Buffer.from('yet another password'))).toBe(true);
      expect(each.verify('CP2', Buffer.from(OLD))).toBe(true);
    }
  });

  it('during a change does not replace the password that the charger has, even if the change is refused', async () => {
    const change = await passwords.offer('CP1', NEW);
    const next = new Map([['CP1', 'yet another password']]);
    expect(passwords.configure(next)).toEqual({ applied: [], withoutEffect: ['CP1'] });
    await change.reject();
    for (const each of [passwords, await load(next)]) expect(each.verify('CP1', Buffer.from(OLD))).toBe(true);
  });
});
