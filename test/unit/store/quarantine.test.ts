/** What is set aside is complete, however little the system writes at once. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { setBytesAside } from '../../../src/store/quarantine.js';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (fd: number, bytes: Buffer): number => fs.writeSync(fd, bytes.subarray(0, 1));
  return { ...fs, writeSync: writeSync as typeof fs.writeSync };
});

it('writes all bytes or says why not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quarantine-'));
  const path = join(folder, 'a.damaged');
  expect(setBytesAside(path, Buffer.from('all of it'))).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe('all of it');
  expect(setBytesAside(join(folder, 'none', 'a.damaged'), Buffer.from('x'))).toMatch(/^nowhere: ENOENT/);
  rmSync(folder, { recursive: true });
});
