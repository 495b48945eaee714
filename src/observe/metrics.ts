/** Numbers for Prometheus: one table of them, in a registry of their own. No ids in labels, ever. */
import type { Registry } from 'prom-client';
import { EVENTS } from './event-table.js';
import type { EventName } from '../ports/events.js';

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
  /** Says where a gauge's value comes from, before the first scrape. A gauge without a reader is not shown. */
  watch(name: GaugeName, read: GaugeReader): void;
  /** The text exposition format. */
  text(): Promise<string>;
}

/** What prom-client says too, known without loading it. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface Count {
  readonly labels: { readonly [name: string]: string };
  value: number;
}

/**
 * Counts in plain maps; the library that writes them out is loaded when somebody asks for the first time.
 * @param options.process also CPU, memory and event loop lag of this process, from the first scrape on.
 */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const seen = new Map<string, Set<string>>();
  const counts = new Map<string, Map<string, Count>>(Object.keys(EVENTS).map((name) => [name, new Map()]));
  const gauges = new Map<GaugeName, GaugeReader>();
  let registry: Promise<Registry> | undefined;
  return {
    contentType: CONTENT_TYPE,
    count(name, detail) {
      const labels: Record<string, string> = {};
      let key = '';
      for (const label of EVENTS[name].labels) {
        const word = bounded(seen, `${name}/${label}`, detail[label]);
        labels[label] = word;
        key += `${word} `;
      }
      const known = counts.get(name);
      const count = known?.get(key);
      if (count) count.value++;
      else known?.set(key, { labels, value: 1 });
    },
    watch(name, read) {
      gauges.set(name, read);
    },
    async text() {
      registry ??= exposition(counts, gauges, options.process === true);
      return (await registry).metrics();
    },
  };
}

async function exposition(
  counts: ReadonlyMap<string, ReadonlyMap<string, Count>>,
  gauges: ReadonlyMap<GaugeName, GaugeReader>,
  process: boolean,
): Promise<Registry> {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
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
