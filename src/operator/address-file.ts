/**
 * Maintains the file in the data folder that states where a running bridge listens, so that the command line can find
 * it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ADDRESS_FILE = 'operator-address';

export interface ListeningAddresses {
  readonly beckn: string;
  readonly ocpp: string;
  readonly ocppTls?: string;
  readonly operator: string;
}

/**
 * Writes the file at start-up. Throws if that fails; the caller decides what to do, because the bridge can run without
 * the file.
 */
export function writeAddressFile(dataDir: string, addresses: ListeningAddresses, pid: number): void {
  const text = `${JSON.stringify({ ...addresses, pid }, undefined, 2)}\n`;
  writeFileSync(join(dataDir, ADDRESS_FILE), text, { mode: 0o600 });
}

/** @returns `undefined` if the file is missing or invalid. Then no bridge is known to run with this data folder. */
export function readAddressFile(dataDir: string): (ListeningAddresses & { readonly pid?: number }) | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dataDir, ADDRESS_FILE), 'utf8'));
    return isAddresses(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file, unless another process has since written its own addresses to it. */
export function removeAddressFile(dataDir: string, pid: number): void {
  if (readAddressFile(dataDir)?.pid === pid) rmSync(join(dataDir, ADDRESS_FILE), { force: true });
}

function isAddresses(value: unknown): value is ListeningAddresses {
  return typeof value === 'object' && value !== null && 'operator' in value && typeof value.operator === 'string';
}
