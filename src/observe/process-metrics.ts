/**
 * Makes the process metrics begin at startup. prom-client takes 40 ms to load, so it is loaded only at the first
 * scrape, and its own metrics would begin only then.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Counter, Gauge, Registry } from 'prom-client';

/** The resolution at which the event loop delay is sampled, as by default in prom-client, ms. */
const RESOLUTION_MS = 10;

/** Reads the value of each of prom-client's event loop gauges from the histogram, ns. */
const LAGS: { readonly [name: string]: (histogram: IntervalHistogram) => number } = {
  min: ({ min }) => min,
  max: ({ max }) => max,
  mean: ({ mean }) => mean,
  stddev: ({ stddev }) => stddev,
  p50: (histogram) => histogram.percentile(50),
  p90: (histogram) => histogram.percentile(90),
  p99: (histogram) => histogram.percentile(99),
};

/** Starts measuring the delay of the event loop. The call takes less than a millisecond. */
export function measureEventLoop(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

/** Adds the CPU time that the process has used so far to prom-client's counters, which start at zero. */
export function addEarlierCpuTime(registry: Registry): void {
  const { user, system } = process.cpuUsage();
  const add = (name: string, micros: number): void =>
    (registry.getSingleMetric(name) as Counter | undefined)?.inc(micros / 1e6);
  add('process_cpu_user_seconds_total', user);
  add('process_cpu_system_seconds_total', system);
  add('process_cpu_seconds_total', user + system);
}

/** Replaces prom-client's event loop gauges with ones that read the histogram, which each scrape resets. */
export function exposeEventLoop(
  registry: Registry,
  histogram: IntervalHistogram,
  createGauge: (configuration: ConstructorParameters<typeof Gauge>[0]) => Gauge,
): void {
  for (const [name, read] of Object.entries(LAGS)) {
    const metric = `nodejs_eventloop_lag_${name}_seconds`;
    registry.removeSingleMetric(metric);
    createGauge({
      name: metric,
      help: `Delay of the event loop since the last scrape, ${name}, seconds.`,
      registers: [registry],
      collect() {
        this.set(histogram.count === 0 ? 0 : read(histogram) / 1e9);
        // The gauges are read in this order.
        if (name === 'p99') histogram.reset();
      },
    });
  }
}
