import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Json } from '../../../../src/domain/model/object.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness(undefined, undefined, { forbiddenActions: [] });
});
afterEach(() => harness.stop());

/** Every action whose payload contains an address for a download or an upload. */
const ACTIONS: readonly (readonly [string, (location: string) => { readonly [key: string]: Json }])[] = [
  ['GetDiagnostics', (location) => ({ location })],
  ['UpdateFirmware', (location) => ({ location, retrieveDate: '2026-01-15T10:00:00Z' })],
  [
    'UpdateFirmware',
    (location) => ({ requestId: 1, firmware: { location, retrieveDateTime: '2026-01-15T10:00:00Z' } }),
  ],
  ['SignedUpdateFirmware', (location) => ({ requestId: 1, firmware: { location } })],
  ['GetLog', (location) => ({ logType: 'SecurityLog', requestId: 1, log: { remoteLocation: location } })],
  ['PublishFirmware', (location) => ({ location, checksum: 'x', requestId: 1 })],
];

const send = (action: string, payload: { readonly [key: string]: Json }) =>
  harness.bridge.operatorCommands.send({
    chargePointId: 'CP1',
    action,
    payload,
    expiresAfterMs: 30_000,
    timeoutMs: 30_000,
  });

describe.each(ACTIONS)('%s', (action, payloadOf) => {
  it.each([
    'file:///etc/passwd',
    'FILE:///x',
    'gopher://x/',
    'http://files.example/f',
    'ftp://files.example/f',
    'files',
    '',
  ])('does not send the address %s', async (location) => {
    expect(await send(action, payloadOf(location))).toMatchObject({ refused: 'location' });
    expect(harness.commands).toEqual([]);
  });

  it.each(['https://files.example/f', 'ftps://files.example/f', 'sftp://files.example:2022/f'])(
    'sends the address %s',
    async (location) => {
      expect(await send(action, payloadOf(location))).not.toHaveProperty('refused');
      expect(harness.commands).toHaveLength(1);
    },
  );

  it('is sent with credentials, and shown without them', async () => {
    const location = 'sftp://user:s3cret@files.example/f?signature=s3cret';
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Accepted', payload: { echo: location } });
    const shown = JSON.stringify(await send(action, payloadOf(location)));
    expect(JSON.stringify(harness.commands)).toContain(location);
    expect(shown).not.toContain('s3cret');
    expect(shown).toContain('files.example');
    const listed = await harness.store.listLogEntries({ chargePointId: 'CP1', kind: 'command', limit: 9 });
    expect(JSON.stringify(listed)).not.toContain('s3cret');
  });

  it('does not go to a charge point under quarantine', async () => {
    harness.bridge.chargerEvents.startQuarantine('CP1', { reason: 'takeovers', detail: 'Two.', address: '192.0.2.1' });
    await harness.clock.advance(100);
    expect(await send(action, payloadOf('https://files.example/f'))).toMatchObject({ refused: 'quarantined' });
    expect(harness.commands).toEqual([]);
  });
});

it('an error of the charger that repeats the address is shown without its credentials', async () => {
  harness.behaviour.answer = () => ({
    kind: 'error',
    code: 'InternalError',
    description: 'cannot reach ftps://user:s3cret@files.example/f',
  });
  const shown = JSON.stringify(await send('GetDiagnostics', { location: 'ftps://user:s3cret@files.example/f' }));
  expect(shown).not.toContain('s3cret');
});

it('a command that an earlier version stored with credentials is listed without them', () => {
  const detail = { payload: { location: 'ftp://user:s3cret@files.example/f' }, state: 'answered' };
  const entry = { id: 'n1', chargePointId: 'CP1', at: 0, kind: 'command', action: 'GetDiagnostics', detail } as const;
  expect(JSON.stringify(harness.bridge.operatorCommands.withRestartOutcome(entry))).not.toContain('s3cret');
});
