import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** Makes a new file's name durable; otherwise a power failure may lose the name and with it the content. */
export function syncDirectory(folder: string): void {
  // Windows neither has nor needs such a call for folders.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
