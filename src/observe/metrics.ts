/** Collects metrics for Prometheus. */
import type { IntervalHistogram } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { EVENTS } from './event-table.js';
import { addEarlierCpuTime, exposeEventLoop, measureEventLoop } from './process-metrics.js';
import type { EventName } from '../ports/events.js';

const PREFIX = 'bridge_';
/** The maximum number of distinct values per label. Others count as `other`, so that a peer cannot fill our memory. */
const MAX_LABEL_VALUES = 60;
const MAX_VALUE_LENGTH = 40;

/** The gauges and their help texts. Their values are read at each scrape. */
const GAUGES = {
  chargers_online: 'Chargers with an open connection.',
  orders_open: 'Orders that can still change state or still owe a callback or a command.',
  sessions_open: 'Charging sessions with an open transaction.',
  callbacks_owed: 'Callbacks to buyer apps that are not yet delivered.',
  callbacks_oldest_seconds: 'Age of the oldest undelivered callback, seconds.',
  stops_oldest_seconds: 'Age of the oldest stop request that its charger has not carried out, seconds.',
  discrepancies_open: 'Open discrepancies; the count ends at 500.',
  callback_targets_open: 'Private or unencrypted callback targets that the settings have opened.',
  tls_expires_seconds: 'Seconds until the first certificate served to chargers ends; absent without TLS.',
  frames_kept: 'Messages of chargers that wait in the frame journal for the store.',
  disk_full: '1 while the ballast is away because the disk is full.',
  mute: '1 while nothing is sent or accepted, because the data was last used elsewhere.',
  store_healthy: '1 while writes to the store succeed.',
  draining: '1 during a shutdown.',
} as const;

type GaugeName = keyof typeof GAUGES;
type GaugeReader = () => number | Promise<number>;

export interface Metrics {
  readonly contentType: string;
  /** Adds one to the counter of an event. */
  count(name: EventName, detail: { readonly [key: string]: unknown }): void;
  /** Sets the source of a gauge. Call it before the first scrape; a gauge without a source is not exposed. */
  registerGauge(name: GaugeName, read: GaugeReader): void;
  /** Returns all metrics in the Prometheus text format. */
  exposition(): Promise<string>;
}

/** A copy of prom-client's constant, so that the library need not be loaded at startup. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Count {
  readonly labels: { readonly [name: string]: string };
  value: number;
}

/**
 * Creates the metrics. Events are counted in plain maps; prom-client, which formats them, is loaded at the first
 * scrape.
 * @param options.process Whether to expose prom-client's default metrics too, such as CPU, memory and event loop lag.
 *        CPU time counts from the start of the process, and event loop lag from this call, not from the first scrape.
 */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const seen = new Map<string, Set<string>>();
  const counts = new Map<string, Map<string, Count>>(Object.keys(EVENTS).map((name) => [name, new Map()]));
  const gauges = new Map<GaugeName, GaugeReader>();
  const eventLoop = options.process === true ? measureEventLoop() : undefined;
  let registry: Promise<Registry> | undefined;
  return {
    contentType: CONTENT_TYPE,
    count(name, detail) {
      const labels: Record<string, string> = {};
      let key = '';
      for (const label of EVENTS[name].labels) {
        const value = boundedLabelValue(seen, `${name}/${label}`, detail[label]);
        labels[label] = value;
        key += `${value} `;
      }
      const countsByLabels = counts.get(name);
      const count = countsByLabels?.get(key);
      if (count) count.value++;
      else countsByLabels?.set(key, { labels, value: 1 });
    },
    registerGauge(name, read) {
      gauges.set(name, read);
    },
    async exposition() {
      registry ??= buildRegistry(counts, gauges, eventLoop);
      return (await registry).metrics();
    },
  };
}

async function buildRegistry(
  counts: ReadonlyMap<string, ReadonlyMap<string, Count>>,
  gauges: ReadonlyMap<GaugeName, GaugeReader>,
  eventLoop: IntervalHistogram | undefined,
): Promise<Registry> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  if (eventLoop) {
    collectDefaultMetrics({ register: registry });
    addEarlierCpuTime(registry);
    exposeEventLoop(registry, eventLoop, (configuration) => new Gauge(configuration));
  }
  for (const [name, { labels, help }] of Object.entries(EVENTS)) {
    new Counter({
      name: counterName(name),
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const count of counts.get(name)?.values() ?? []) this.inc({ ...count.labels }, count.value);
      },
    });
  }
  for (const [name, read] of gauges) {
    new Gauge({
      name: PREFIX + name,
      help: GAUGES[name],
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  }
  return registry;
}

/** Returns the name of an event's counter. @shape `order.changed` → `bridge_order_changed_total`. */
export function counterName(event: string): string {
  return `${PREFIX}${event.replaceAll(/[.-]/g, '_')}_total`;
}

/** Returns the metrics as a Markdown table for `docs/metrics.md`. */
export function metricsTable(): string {
  const counters = Object.entries(EVENTS).map(([name, { labels, help }]) =>
    tableRow(counterName(name), 'counter', labels, help),
  );
  const gauges = Object.entries(GAUGES).map(([name, help]) => tableRow(PREFIX + name, 'gauge', [], help));
  return ['| Metric | Kind | Labels | Meaning |', '| --- | --- | --- | --- |', ...gauges, ...counters].join('\n');
}

function tableRow(name: string, kind: string, labels: readonly string[], help: string): string {
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
}

function boundedLabelValue(seen: Map<string, Set<string>>, key: string, detail: unknown): string {
  const text = typeof detail === 'string' || typeof detail === 'number' ? String(detail) : 'none';
  const value = text.slice(0, MAX_VALUE_LENGTH).replaceAll(/[^A-Za-z0-9_.]+/g, '-');
  const values = seen.get(key) ?? new Set<string>();
  seen.set(key, values);
  if (!values.has(value) && values.size >= MAX_LABEL_VALUES) return 'other';
  values.add(value);
  return value;
}
