/** Writes files of an installation: settings that a person may edit, and secrets that only their owner can read. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailure } from '../frame/failure.js';

/**
 * Replaces an existing file atomically, so that no reader sees half of it. The new file has the mode and the owner of
 * the old one: settings may hold passwords, and root may change those of the user that runs the bridge.
 * @errors EPERM if we may not give the file to its owner; it is not replaced then.
 */
export function replaceFile(path: string, text: string): void {
  const file = realpathSync(path);
  const next = `${file}.new`;
  const { mode, uid, gid } = statSync(file);
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: 0o600, flag: 'wx' });
  try {
    const own = statSync(next);
    if (own.uid !== uid || own.gid !== gid) chownSync(next, uid, gid);
    chmodSync(next, mode);
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
}

/**
 * Writes a new file. Creates missing folders, which only their owner can open.
 * @errors CommandFailure if the file exists.
 */
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
