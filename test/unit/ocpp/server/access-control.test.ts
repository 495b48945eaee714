import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Passwords } from '../../../../src/ocpp/auth/passwords.js';
import { AccessControl } from '../../../../src/ocpp/server/access-control.js';
import { IdentityAliases } from '../../../../src/ocpp/server/identity-aliases.js';
import { RejectedConnections } from '../../../../src/ocpp/server/rejected-connections.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createSqliteStore, type AbandonableStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { createOcppHarness } from '../ocpp-harness.js';

let harness: ReturnType<typeof createOcppHarness>;
let store: AbandonableStore;
let passwords: Passwords;
let access: AccessControl;

beforeEach(async () => {
  harness = createOcppHarness();
  const { clock, events } = harness;
  store = createSqliteStore({ path: ':memory:', clock });
  await store.start();
  passwords = new Passwords({ values: store, random: systemRandom, events, configured: new Map() });
  const rejectedConnections = new RejectedConnections();
  rejectedConnections.add({
    id: 'NEW',
    network: '192.0.2',
    at: 0,
    tls: false,
    subprotocols: [],
    code: 'unknown-identity',
  });
  const known = new Set(['CP1']);
  access = new AccessControl({
    rejectedConnections,
    identityAliases: new IdentityAliases({ values: store, clock }),
    disconnect: () => undefined,
    passwords,
    commandSender: harness.sockets,
    random: systemRandom,
    events,
    knownChargePoints: { has: (id) => known.has(id), approve: async (id) => void known.add(id) },
    defaultProfile: 1,
    canServeProfile: () => true,
  });
});
afterEach(async () => {
  await harness.sockets.stop(0);
  await store.stop();
});

/** The password that an approval shows; `undefined` if it shows none. */
async function passwordOf(approval: ReturnType<AccessControl['approve']>): Promise<string | undefined> {
  const result = await approval;
  return 'profile' in result ? result.password : undefined;
}

describe('two approvals of one identity at the same time', () => {
  it('one approves it, and the password that it shows is valid', async () => {
    const [first, second] = [access.approve('NEW', {}), access.approve('NEW', {})];
    expect(await second).toEqual({ refused: 'already-known' });
    expect(passwords.verify('NEW', Buffer.from((await passwordOf(first)) ?? ''))).toBe(true);
  });

  it('it is not both a charge point and a spelling of another one', async () => {
    const first = access.approve('NEW', { as: 'CP1' });
    expect(await access.approve('NEW', {})).toEqual({ refused: 'already-known' });
    expect(await first).toEqual({ id: 'NEW', as: 'CP1' });
  });

  it('if the first fails, it can be approved again', async () => {
    const keep = store.putValue.bind(store);
    store.putValue = () => Promise.reject(new StoreFault('disk full'));
    await expect(access.approve('NEW', {})).rejects.toThrow(StoreFault);
    store.putValue = keep;
    expect(await passwordOf(access.approve('NEW', {}))).toBeDefined();
  });
});
