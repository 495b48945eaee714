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
import { CommandFailure, type FailureReport } from '../frame/failure.js';

/**
 * How old an unfinished replacement must be before we take it for the remains of a crash, ms. A replacement takes far
 * less time.
 */
const REMAINS_MS = 10_000;

/**
 * Replaces an existing file atomically, so that no reader sees half of it. `change` makes the new text from what the
 * file holds now: until it is replaced, no other command may change the file, so that no change undoes another. The new
 * file has the mode and the owner of the old one: settings may hold passwords, and root may change settings that belong
 * to the user that runs the bridge.
 * @param now Epoch ms.
 * @errors EPERM if we may not give the file to its owner; it is not replaced then. CommandFailure `conflict` if another
 * command is just changing the file. Whatever `change` throws; the file stays as it was.
 */
export function replaceFile<T>(path: string, now: number, change: () => { text: string; result: T }): T {
  const file = realpathSync(path);
  const next = `${file}.new`;
  beginReplacement(file, next, now);
  try {
    const { text, result } = change();
    writeFileSync(next, text);
    const { mode, uid, gid } = statSync(file);
    const own = statSync(next);
    if (own.uid !== uid || own.gid !== gid) chownSync(next, uid, gid);
    chmodSync(next, mode);
    renameSync(next, file);
    return result;
  } finally {
    rmSync(next, { force: true });
  }
}

/** Creates the empty file `next`, whose existence tells other commands that `file` is being changed. */
function beginReplacement(file: string, next: string, now: number): void {
  const found = statSync(next, { throwIfNoEntry: false });
  if (found && Math.abs(now - found.mtimeMs) > REMAINS_MS) rmSync(next, { force: true });
  createFile(next, '', 0o600, {
    error: 'busy',
    message: `Another command is just changing ${file}.`,
    hint: 'Try again once it has ended.',
  });
}

/**
 * Writes a new file. Creates missing folders, which only their owner can open.
 * @errors CommandFailure if the file exists.
 */
export function writeNewFile(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  createFile(path, text, mode, fileExists(path));
}

/** Creates a file in one step. @errors CommandFailure `conflict` with `ifExists` if there is one already. */
function createFile(path: string, text: string, mode: number, ifExists: FailureReport): void {
  try {
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new CommandFailure('conflict', ifExists);
    throw error;
  }
}

/** @errors CommandFailure if the file exists. */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw new CommandFailure('conflict', fileExists(path));
}

function fileExists(path: string): FailureReport {
  return {
    error: 'file-exists',
    message: `${path} exists already, and is not overwritten.`,
    hint: 'Move it away, or choose another place.',
  };
}

export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
