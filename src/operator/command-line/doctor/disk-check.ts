/** Checks the free space on the disk of the data folder, and forecasts when the disk will be full. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { finding, type Finding } from '../../findings.js';
import { notTried, type Check } from './check.js';

const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
/** The store needs free space for compaction, and other programs need some too. */
const MIN_FREE_BYTES = GIB / 2;
const MIN_FREE_SHARE = 0.03;
const WARN_DAYS = 30;
/** A younger folder has no steady growth rate yet. */
const MIN_AGE_MS = DAY_MS;

export interface DiskUse {
  readonly folder: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** The size of the data folder. */
  readonly ownBytes: number;
  /** How long the data folder has existed. */
  readonly ageMs: number;
}

export const DISK_CHECK: Check = {
  name: 'disk',
  async run({ config, clock }) {
    const { dataDir: folder } = config;
    if (!existsSync(folder)) return notTried(`${folder} does not exist yet`);
    const { bavail, bsize, blocks } = await statfs(folder);
    const ageMs = clock.now() - statSync(folder).birthtimeMs;
    const use = { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize, ownBytes: sizeOf(folder), ageMs };
    return {
      findings: diskFindings(use),
      ...(ageMs < MIN_AGE_MS && { notTried: ['the forecast of the disk: the data folder is younger than a day'] }),
    };
  },
};

export function diskFindings({ folder, freeBytes, totalBytes, ownBytes, ageMs }: DiskUse): readonly Finding[] {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB of ${(totalBytes / GIB).toFixed(1)} GiB are free`;
  if (freeBytes < Math.max(MIN_FREE_BYTES, totalBytes * MIN_FREE_SHARE))
    return [finding('disk-low', `${folder}: ${free}.`)];
  if (ageMs < MIN_AGE_MS || ownBytes === 0) return [];
  const days = freeBytes / (ownBytes / (ageMs / DAY_MS));
  if (days > WARN_DAYS) return [];
  return [finding('disk-full-soon', `${folder}: ${free}; at the rate so far it is full in ${Math.floor(days)} days.`)];
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0);
}
