import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ADDRESS_FILE,
  readAddressFile,
  removeAddressFile,
  writeAddressFile,
} from '../../../src/operator/address-file.js';

const ADDRESSES = { beckn: 'http://127.0.0.1:1/beckn', ocpp: 'ws://127.0.0.1:2/ocpp', operator: 'http://127.0.0.1:3' };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bridge-address-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file with the addresses of a running bridge', () => {
  it('is read as it was written, by its owner alone', () => {
    writeAddressFile(folder, ADDRESSES, 7);
    expect(readAddressFile(folder)).toEqual({ ...ADDRESSES, pid: 7 });
    expect(statSync(join(folder, ADDRESS_FILE)).mode & 0o777).toBe(0o600);
  });

  it('is removed by the process that wrote it, and not by its predecessor', () => {
    writeAddressFile(folder, ADDRESSES, 7);
    removeAddressFile(folder, 6);
    expect(readAddressFile(folder)).toMatchObject(ADDRESSES);
    removeAddressFile(folder, 7);
    expect(readAddressFile(folder)).toBeUndefined();
  });

  it('that cannot be read counts as absent', () => {
    expect(readAddressFile(folder)).toBeUndefined();
    writeFileSync(join(folder, ADDRESS_FILE), '{"operator": 5');
    expect(readAddressFile(folder)).toBeUndefined();
  });
});
