import { describe, expect, it } from 'vitest';
import { withNextKey } from '../../../../../src/operator/command-line/setup/keys.js';

const NEXT = { keyId: 'key-3', keyFile: 'key-3.key', validFrom: '2026-12-01T00:00:00Z' };
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
