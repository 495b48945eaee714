/** Saves what the bridge cannot use, in a file beside the one that it was in, so that a person can examine it. */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from './sync-directory.js';

/** Returns the path for damaged bytes of a file. */
export function damagedFile(file: string, position: number): string {
  return `${file}-${position}.damaged`;
}

/**
 * Writes a file for a person to examine. Does not throw, so that the intact rest remains usable on a full disk.
 * @returns The path, or why the bytes could not be saved.
 */
export function setBytesAside(path: string, bytes: Buffer): string {
  try {
    const fd = openSync(path, 'w', 0o600);
    try {
      // A single write may write only a part.
      writeFileSync(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    syncDirectory(dirname(path));
    return path;
  } catch (error) {
    return `nowhere: ${error instanceof Error ? error.message : String(error)}`;
  }
}
