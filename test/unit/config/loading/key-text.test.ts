import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateKeyText, readKeyText } from '../../../../src/config/loading/key-text.js';

const folder = mkdtempSync(join(tmpdir(), 'key-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(content: string | Buffer): string {
  const file = join(folder, 'private.key');
  writeFileSync(file, content);
  return file;
}

describe('the text of a key file', () => {
  it.for([
    ['signing', 'ed25519'],
    ['encryption', 'x25519'],
  ] as const)('generated for %s is PEM of %s', ([kind, type]) => {
    expect(createPrivateKey(generateKeyText(kind)).asymmetricKeyType).toBe(type);
  });

  it('is read without the line feed at its end', () => {
    expect(readKeyText(fileWith('c2VlZA==\r\n'))).toBe('c2VlZA==');
  });

  it('is base64 of a binary file', () => {
    const der = createPrivateKey(generateKeyText('signing')).export({ type: 'pkcs8', format: 'der' });
    expect(readKeyText(fileWith(der))).toBe(der.toString('base64'));
  });
});
