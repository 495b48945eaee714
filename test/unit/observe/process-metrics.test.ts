/** The metrics of the process begin with the process, although prom-client is loaded at the first scrape. */
import { expect, it } from 'vitest';
import { createMetrics } from '../../../src/observe/metrics.js';

const valueOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 'absent');

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Waits until the event loop's delay has been sampled again. */
const sampled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

it('counts the CPU time from the start of the process', async () => {
  block(50);
  const metrics = createMetrics({ process: true });
  const { user, system } = process.cpuUsage();
  const first = await metrics.exposition();
  expect(valueOf(first, 'process_cpu_user_seconds_total')).toBeGreaterThanOrEqual(user / 1e6);
  expect(valueOf(first, 'process_cpu_system_seconds_total')).toBeGreaterThanOrEqual(system / 1e6);
  expect(valueOf(first, 'process_cpu_seconds_total')).toBeGreaterThanOrEqual((user + system) / 1e6);
  const now = process.cpuUsage();
  const second = valueOf(await metrics.exposition(), 'process_cpu_seconds_total');
  expect(second).toBeGreaterThanOrEqual((now.user + now.system) / 1e6);
  expect(second).toBeLessThan((now.user + now.system) / 1e6 + 1);
});

it('shows how long the event loop was held up before the first scrape, and then since the last one', async () => {
  const metrics = createMetrics({ process: true });
  await sampled();
  block(300);
  await sampled();
  const first = await metrics.exposition();
  expect(valueOf(first, 'nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.25);
  expect(valueOf(first, 'nodejs_eventloop_lag_min_seconds')).toBeLessThan(0.2);
  for (const name of ['mean', 'stddev', 'p50', 'p90', 'p99'])
    expect(valueOf(first, `nodejs_eventloop_lag_${name}_seconds`)).toBeGreaterThan(0);
  await sampled();
  expect(valueOf(await metrics.exposition(), 'nodejs_eventloop_lag_max_seconds')).toBeLessThan(0.25);
});

it('are none unless they are asked for', async () => {
  expect(await createMetrics().exposition()).not.toContain('process_cpu');
});

it('cost the start less than 5 ms', () => {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    createMetrics({ process: true });
    return performance.now() - began;
  });
  expect(Math.min(...times)).toBeLessThan(5);
});
