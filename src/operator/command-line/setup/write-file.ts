/** Writes files of an installation: settings that a person may edit, and secrets that only their owner can read. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailure } from '../frame/failure.js';

/** Replaces a file atomically, so that no reader sees half of it. The new file has the default permissions. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Creates missing folders, which only their owner can open. @errors CommandFailure if the file exists. */
export function writeNewFile(path: string, text: string, mode = 0o644): void {
  refuseExisting(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode, flag: 'wx' });
}

/** @errors CommandFailure if the file exists. */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new CommandFailure('conflict', {
    error: 'file-exists',
    message: `${path} exists already, and is not overwritten.`,
    hint: 'Move it away, or choose another place.',
  });
}

export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
