import { describe, expect, it } from 'vitest';
import { diskFindings, type DiskUse } from '../../../../../src/operator/command-line/doctor/disk-check.js';

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
const SOUND: DiskUse = {
  folder: '/data',
  freeBytes: 50 * GIB,
  totalBytes: 100 * GIB,
  ownBytes: GIB,
  ageMs: 100 * DAY_MS,
};

const codesOf = (use: Partial<DiskUse>): string[] => diskFindings({ ...SOUND, ...use }).map(({ code }) => code);

describe('the disk of the data folder', () => {
  it('is well while there is room for months', () => {
    expect(codesOf({})).toEqual([]);
  });

  it.for([
    ['half a gibibyte', { freeBytes: GIB / 2 - 1, totalBytes: 2 * GIB }],
    ['three hundredths of it', { freeBytes: 2.9 * GIB }],
  ] as const)('is almost full with less than %s', ([, use]) => {
    expect(codesOf(use)).toEqual(['disk-low']);
  });

  // Only calculated: a test cannot make a data folder that is days old. The end-to-end tests fill a real disk.
  it('will soon be full if it fills within a month at the rate so far', () => {
    expect(diskFindings({ ...SOUND, ownBytes: 40 * GIB, ageMs: 10 * DAY_MS })).toMatchObject([
      { code: 'disk-full-soon', message: expect.stringContaining('full in 12 days') },
    ]);
  });

  it('has no forecast on the first day', () => {
    expect(codesOf({ ownBytes: 40 * GIB, ageMs: DAY_MS / 2 })).toEqual([]);
  });
});
