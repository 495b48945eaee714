import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../../../src/operator/command-line/frame/command.js';
import { KEY_COMMANDS, withNextKey } from '../../../../../src/operator/command-line/setup/keys.js';

const NEXT = { keyId: 'key-3', keyFile: 'key-3.key', validFrom: '2026-12-01T00:00:00Z' };
const ROTATES_AT = Date.parse('2026-12-01T00:00:00Z');
const ROTATION = { next: NEXT, validUntil: '2027-01-01T00:00:00Z' };

describe('rotating a key', () => {
  it('adds the next key, and an end to each key that has none', () => {
    const old = { keyId: 'key-1', keyFile: 'key-1.key', validUntil: '2026-11-01T00:00:00Z' };
    const settings = { mode: 'sandbox', subscriber: { id: 'a', keyId: 'key-2', keys: [old] } };
    expect(withNextKey(settings, 'main', ROTATION)).toEqual({
      mode: 'sandbox',
      subscriber: { id: 'a', keyId: 'key-2', validUntil: ROTATION.validUntil, keys: [old, NEXT] },
    });
  });

  it('changes the network that is named, and no other', () => {
    const main = { id: 'a', keyId: 'key-1' };
    const networks = [
      { name: 'first', subscriber: main },
      { name: 'second', subscriber: { id: 'b', keyId: 'key-1' } },
    ];
    const changed = withNextKey({ subscriber: main, networks }, 'second', ROTATION);
    expect(changed).toMatchObject({ subscriber: main, networks: [networks[0], { subscriber: { keys: [NEXT] } }] });
  });
});

describe('a rotation on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bridge-rotate-'));
    const subscriber = { id: 'bpp.test', uri: 'http://127.0.0.1:8080/beckn', keyId: 'key-1', generate: true };
    const settings = {
      mode: 'sandbox',
      dataDir: 'data',
      subscriber,
      registry: { kind: 'file', file: 'registry.json' },
    };
    writeFileSync(join(folder, 'bridge.json'), JSON.stringify(settings));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const rotate = (keyId: string, period: string, overlap = '1d') =>
    KEY_COMMANDS.find(({ name }) => name === 'keys rotate')?.run({
      configFile: join(folder, 'bridge.json'),
      env: {},
      arguments: { 'key-id': keyId },
      options: { in: period, overlap },
      clock: { now: () => ROTATES_AT },
    } as unknown as Context);
  const kept = () => [readFileSync(join(folder, 'bridge.json'), 'utf8'), readdirSync(join(folder, 'data'))];

  it('keeps a key that is rotated in meanwhile, and refuses the second command', async () => {
    const next = join(folder, 'bridge.json.new');
    writeFileSync(next, '');
    utimesSync(next, ROTATES_AT / 1000, ROTATES_AT / 1000);
    await expect(rotate('key-2', '10d')).rejects.toThrow('Another command is just changing');
    expect(readdirSync(folder)).not.toContain('data');
    rmSync(next);
    await rotate('key-2', '10d');
    expect(readdirSync(join(folder, 'data'))).toContain('signing-key-2.key');
  });

  it('keeps a key file that is there already', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'signing-key-2.key'), 'mine');
    await expect(rotate('key-2', '10d')).rejects.toThrow('not overwritten');
    expect(readFileSync(join(folder, 'data', 'signing-key-2.key'), 'utf8')).toBe('mine');
  });

  it('leaves everything as it was if the settings could not be used any more', async () => {
    await rotate('key-2', '10d');
    const before = kept();
    expect(before[0]).toContain('"validFrom": "2026-12-11T00:00:00Z"');
    await expect(rotate('key 3', '20d')).rejects.toThrow('subscriber.keys.1.keyId: "key 3" must match pattern');
    // The key that begins in ten days would end tomorrow.
    await expect(rotate('key-3', '1h', '1d')).rejects.toThrow('the key "key-2" ends before it begins');
    expect(kept()).toEqual(before);
  });
});
