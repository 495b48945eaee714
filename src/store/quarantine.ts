/** Saves damaged bytes for a person to examine, next to the file that they were in. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/**
 * Writes the bytes to `<file>-<position>.damaged`. Does not throw, so that the intact rest remains usable on a full
 * disk.
 * @returns The path, or why the bytes could not be saved.
 */
export function quarantineBytes(file: string, position: number, bytes: Buffer): string {
  const path = `${file}-${position}.damaged`;
  try {
    const fd = openSync(path, 'w', 0o600);
    try {
      writeSync(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return path;
  } catch (error) {
    return `nowhere: ${error instanceof Error ? error.message : String(error)}`;
  }
}
