import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { setBytesAside } from '../../../src/store/quarantine.js';

it('writes all bytes or says why not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quarantine-'));
  const path = join(folder, 'a.damaged');
  const bytes = Buffer.alloc(1 << 20, 'all of it');
  expect(setBytesAside(path, bytes)).toBe(path);
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(setBytesAside(join(folder, 'none', 'a.damaged'), bytes)).toMatch(/^nowhere: ENOENT/);
  rmSync(folder, { recursive: true });
});
