import { describe, expect, it } from 'vitest';
import type { MeterEntry } from '../../../src/ports/stored-records.js';
import { GroupCommitQueue, type CommitGroup } from '../../../src/store/group-commit.js';
import { createManualClock, settle } from '../../fakes/manual-clock.js';

const entry: MeterEntry = { seq: 1, chargePointId: 'c', connectorId: 1, receivedAt: 0, raw: '{}' };

function harness() {
  const clock = createManualClock();
  const sizes: number[] = [];
  const open: (() => void)[] = [];
  const queue = new GroupCommitQueue<number>(clock, (turn: CommitGroup<number>) => {
    sizes.push(turn.entries.length + turn.commits.length);
    return new Promise((resolve) => open.push(resolve));
  });
  queue.open();
  const append = (count: number): void => {
    for (let i = 0; i < count; i += 1) void queue.append(entry);
  };
  const finish = async (): Promise<void> => {
    open.shift()?.();
    await settle(5);
  };
  return { clock, sizes, append, finish };
}

describe('turns that are written elsewhere', () => {
  it('gather what comes while one is written', async () => {
    const { sizes, append, finish } = harness();
    append(1);
    await settle(5);
    append(2);
    append(3);
    await settle(5);
    expect(sizes).toEqual([1]);
    await finish();
    expect(sizes).toEqual([1, 5]);
  });

  it('wait a moment for company after a full one, and only then', async () => {
    const { clock, sizes, append, finish } = harness();
    append(100);
    await settle(5);
    append(1);
    await finish();
    expect(sizes).toEqual([100]);
    await clock.advance(6);
    await settle(5);
    expect(sizes).toEqual([100, 1]);
    append(1);
    await finish();
    expect(sizes).toEqual([100, 1, 1]);
  });

  it('go at once when nothing was written for a while', async () => {
    const { clock, sizes, append, finish } = harness();
    append(100);
    await settle(5);
    await finish();
    await clock.advance(1_000);
    append(1);
    await settle(5);
    expect(sizes).toEqual([100, 1]);
  });
});
