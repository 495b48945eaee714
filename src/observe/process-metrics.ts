/**
 * Makes the metrics of the process begin with the process. prom-client takes 40 ms to load, so it is loaded at the first
 * scrape, and its own metrics begin then.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Counter, Gauge, Registry } from 'prom-client';

/** prom-client's default, ms. */
const RESOLUTION_MS = 10;

/** The values of prom-client's event loop gauges, ns. */
const LAGS: { readonly [name: string]: (histogram: IntervalHistogram) => number } = {
  min: ({ min }) => min,
  max: ({ max }) => max,
  mean: ({ mean }) => mean,
  stddev: ({ stddev }) => stddev,
  p50: (histogram) => histogram.percentile(50),
  p90: (histogram) => histogram.percentile(90),
  p99: (histogram) => histogram.percentile(99),
};

/** Starts to measure the delays of the event loop, which takes less than a millisecond. */
export function measureEventLoop(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

/** Adds the CPU time since the process began to prom-client's counters, which were created just now. */
export function addEarlierCpuTime(registry: Registry): void {
  const { user, system } = process.cpuUsage();
  const add = (name: string, micros: number): void =>
    (registry.getSingleMetric(name) as Counter | undefined)?.inc(micros / 1e6);
  add('process_cpu_user_seconds_total', user);
  add('process_cpu_system_seconds_total', system);
  add('process_cpu_seconds_total', user + system);
}

/** Replaces prom-client's event loop gauges by those of a histogram, which each scrape resets. */
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
