import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { replaceFile, writeNewFile } from '../../../../../src/operator/command-line/setup/write-file.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-files-'));
  file = join(folder, 'bridge.json');
});

const NOW = Date.now();
const NEW = { text: 'new', result: undefined };
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a replaced file', () => {
  it.each([0o600, 0o640, 0o664])('keeps its mode %o, whatever the umask and what a crash left', (mode) => {
    writeFileSync(file, 'old');
    chmodSync(file, mode);
    writeFileSync(`${file}.new`, 'left by a crash', { mode: 0o644 });
    utimesSync(`${file}.new`, (NOW - 11_000) / 1000, (NOW - 11_000) / 1000);
    replaceFile(file, NOW, () => NEW);
    expect([readFileSync(file, 'utf8'), modeOf(file)]).toEqual(['new', mode]);
    expect(readdirSync(folder)).toEqual(['bridge.json']);
  });

  it('is not changed by another command meanwhile, which is told', () => {
    writeFileSync(file, 'old');
    const second = (): void => replaceFile(file, Date.now(), () => ({ text: 'second', result: undefined }));
    replaceFile(file, NOW, () => {
      expect(second).toThrow(`Another command is just changing ${file}.`);
      return NEW;
    });
    expect(readFileSync(file, 'utf8')).toBe('new');
    second();
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['second', ['bridge.json']]);
  });

  it('stays as it was if the change fails, and can be changed again', () => {
    writeFileSync(file, 'old');
    const failing = (): never => {
      throw new Error('no such key');
    };
    expect(() => replaceFile(file, NOW, failing)).toThrow('no such key');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['old', ['bridge.json']]);
  });

  // Only root may give files away, as when it rotates the keys of the bridge's own user.
  it.runIf(process.getuid?.() === 0)('keeps its owner', () => {
    writeFileSync(file, 'old', { mode: 0o600 });
    chownSync(file, 1234, 1235);
    replaceFile(file, NOW, () => NEW);
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 1235 });
  });

  it('stays where its symbolic link points', () => {
    const link = join(folder, 'link.json');
    writeFileSync(file, 'old', { mode: 0o600 });
    symlinkSync(file, link);
    replaceFile(link, NOW, () => NEW);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });
});

describe('a new file', () => {
  it('has the mode that it is given, and none is overwritten', () => {
    writeNewFile(file, 'secret', 0o600);
    expect(modeOf(file)).toBe(0o600);
    expect(() => writeNewFile(file, 'other')).toThrow('not overwritten');
  });
});
