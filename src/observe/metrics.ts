/** Numbers for Prometheus: one table of them, in a registry of their own. No ids in labels, ever. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { EVENTS } from './event-table.js';
import type { EventName } from '../bridge/ports/observe.js';

const PREFIX = 'bridge_';
/** Values one label may take before the rest is `other`: a peer must not be able to fill the memory. */
const MOST_VALUES = 60;
const LONGEST_VALUE = 40;

/** Read when scraped. */
export const GAUGES = {
  chargers_online: 'Chargers with a live socket.',
  orders_open: 'Orders that can still move or owe something.',
  sessions_open: 'Charging sessions whose transaction is open.',
  callbacks_owed: 'Callbacks to buyer apps that are not delivered yet.',
  callbacks_oldest_seconds: 'Age of the oldest owed callback, seconds.',
  stops_oldest_seconds: 'Age of the oldest stop that its charger has not obeyed, seconds.',
  rows_open: 'Reconciliation rows that wait for a person; counted up to 500.',
  store_healthy: '1 while writes succeed.',
  draining: '1 during a shutdown.',
} as const;

export type GaugeName = keyof typeof GAUGES;
export type GaugeReader = () => number | Promise<number>;

export interface Metrics {
  readonly contentType: string;
  /** Adds one to the counter of an event. */
  count(name: EventName, detail: { readonly [key: string]: unknown }): void;
  /** Says where a gauge's value comes from. A gauge without a reader is not shown. */
  watch(name: GaugeName, read: GaugeReader): void;
  /** The text exposition format. */
  text(): Promise<string>;
}

/** @param options.process also CPU, memory and event loop lag of this process. */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process === true) collectDefaultMetrics({ register: registry });
  const seen = new Map<string, Set<string>>();
  const counters = new Map(
    Object.entries(EVENTS).map(([name, { labels, help }]) => [
      name,
      new Counter({ name: counterName(name), help, labelNames: [...labels], registers: [registry] }),
    ]),
  );
  return {
    contentType: registry.contentType,
    count(name, detail) {
      const labels: Record<string, string> = {};
      for (const label of EVENTS[name].labels) labels[label] = bounded(seen, `${name}/${label}`, detail[label]);
      counters.get(name)?.inc(labels);
    },
    watch(name, read) {
      registry.removeSingleMetric(PREFIX + name);
      new Gauge({
        name: PREFIX + name,
        help: GAUGES[name],
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
    text: () => registry.metrics(),
  };
}

/** @shape `order.changed` → `bridge_order_changed_total`. */
export function counterName(event: string): string {
  return `${PREFIX}${event.replaceAll(/[.-]/g, '_')}_total`;
}

/** The metrics as a table for the README. */
export function metricsTable(): string {
  const counters = Object.entries(EVENTS).map(([name, { labels, help }]) =>
    row(counterName(name), 'counter', labels, help),
  );
  const gauges = Object.entries(GAUGES).map(([name, help]) => row(PREFIX + name, 'gauge', [], help));
  return ['| Metric | Kind | Labels | Meaning |', '| --- | --- | --- | --- |', ...gauges, ...counters].join('\n');
}

function row(name: string, kind: string, labels: readonly string[], help: string): string {
  return `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
}

function bounded(seen: Map<string, Set<string>>, key: string, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : 'none';
  const word = text.slice(0, LONGEST_VALUE).replaceAll(/[^A-Za-z0-9_.]+/g, '-');
  const values = seen.get(key) ?? new Set<string>();
  seen.set(key, values);
  if (!values.has(word) && values.size >= MOST_VALUES) return 'other';
  values.add(word);
  return word;
}
