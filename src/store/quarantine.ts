/** Sets damaged bytes aside for a person, beside the file that they were in. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/**
 * Writes the bytes to `<file>-<position>.damaged`.
 * @returns The path, or why they could not be kept. A full disk must not keep the rest from being used.
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
