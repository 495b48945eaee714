/** Reads the recorded history into calls and requests with their answers, and callbacks with their deliveries. */
import { BUYER_DIALECTS } from '../dialects/all.js';
import { type BuyerDialect, type Envelope, isFinal, type StatedOrder } from '../dialects/buyer-dialect.js';
import { hasError, isAcknowledged, readEnvelope } from '../dialects/envelope.js';
import { ueiCharging } from '../dialects/uei-charging.js';
import type { Intent, Timed } from '../runtime/history.js';
import { at, list, text } from '../runtime/json.js';

/** One CALL in either direction, as the bridge saw it. */
export interface Call {
  readonly t: number;
  readonly charger: string;
  readonly socket: number;
  readonly id: string;
  readonly action: string;
  readonly payload: unknown;
  readonly text: string;
  /** The number of the bridge process. */
  readonly processNumber: number;
  answer?: { readonly t: number; readonly ok: boolean; readonly payload: unknown; readonly text: string };
}

export interface Request extends Envelope {
  readonly t: number;
  readonly from: string;
  readonly body: string;
  readonly intent: Intent;
  readonly processNumber: number;
  answer?: { readonly status: number; readonly ack: boolean };
}

export interface Callback extends Envelope {
  readonly t: number;
  readonly url: string;
  readonly body: string;
  /** The dialect of its transaction. */
  readonly dialect: BuyerDialect;
  /** False if its context is that of another dialect. */
  readonly isInDialect: boolean;
  /**
   * When the callback was created, at the latest, according to the timestamp of its context; when it was first sent if
   * the bridge's clock is not known to have shown that timestamp. Epoch ms.
   */
  readonly madeAt: number;
  /**
   * When the callback was created, at the earliest, epoch ms: the bridge's clock shows a timestamp twice if its host
   * was set back. `-Infinity` if the clock is not known to have shown it.
   */
  readonly madeNotBefore: number;
  readonly order: StatedOrder | undefined;
  /** Empty if the callback has no order or its order has no id yet. */
  readonly orderId: string;
  readonly final: boolean;
  readonly isError: boolean;
  /** The number in an on_support; otherwise empty. */
  readonly phone: string;
  delivery?: { readonly t: number; readonly to: string; readonly ack: boolean };
}

export interface Reading {
  readonly fromChargers: readonly Call[];
  readonly toChargers: readonly Call[];
  readonly requests: readonly Request[];
  readonly callbacks: readonly Callback[];
  readonly sockets: readonly Extract<Timed, { kind: 'socket' }>[];
  /** The times at which the process died. */
  readonly deaths: readonly number[];
  /**
   * Each start of the bridge, with its prices as a percentage of the listed ones and the offset of its host's clock.
   */
  readonly prices: readonly Extract<Timed, { kind: 'up' }>[];
  /** When the last fault ended, epoch ms. */
  readonly faultsEndedAt: number;
  /** When a second process obtained the database of a running one. */
  readonly intruders: readonly number[];
  /** The payments at the provider after each change, oldest first. */
  readonly money: readonly Extract<Timed, { kind: 'money' }>[];
  readonly flows: readonly Extract<Timed, { kind: 'flow' }>[];
  readonly chargerClockSteps: readonly Extract<Timed, { kind: 'charger-clock' }>[];
  /** Whether the host's clock was ever wrong. */
  readonly skewed: boolean;
  /** The difference between the largest and the smallest offset of the host's clock, ms. */
  readonly clockSpreadMs: number;
  readonly frames: readonly Extract<Timed, { kind: 'frame' }>[];
}

export function readHistory(history: readonly Timed[]): Reading {
  const fromChargers: Call[] = [];
  const toChargers: Call[] = [];
  const requests = new Map<number, Request>();
  const callbacks = new Map<number, Callback>();
  const waiting = new Map<string, Call[]>();
  const hostClock = readHostClock(history);
  const skewed = hostClock.some(({ offsetMs }) => offsetMs !== 0);
  const offsets = hostClock.map(({ offsetMs }) => offsetMs);
  /** When each content was first sent. An answer to a query is rendered again after a restart. */
  const firstSent = new Map<string, number>();
  /** The names of the dialects, by Beckn transaction. */
  const dialects = new Map<string, string>();
  let processNumber = 0;
  const frame = (entry: Extract<Timed, { kind: 'frame' }>): void => {
    const parts: unknown[] = list(JSON.parse(entry.text));
    const { charger, socket, way, t } = entry;
    const id = String(parts[1]);
    const up = way === 'up';
    if (parts[0] === 2) {
      const action = text(parts[2]);
      const call: Call = { t, charger, socket, id, action, payload: parts[3], text: entry.text, processNumber };
      (up ? fromChargers : toChargers).push(call);
      const key = `${charger}/${socket}/${way}/${id}`;
      waiting.set(key, [...(waiting.get(key) ?? []), call]);
      return;
    }
    const key = `${charger}/${socket}/${up ? 'down' : 'up'}/${id}`;
    const call = waiting.get(key)?.shift();
    if (call) call.answer = { t, ok: parts[0] === 3, payload: parts[2], text: entry.text };
  };
  for (const entry of history) {
    switch (entry.kind) {
      case 'frame':
        frame(entry);
        break;
      case 'request': {
        const request = readRequest(entry, processNumber);
        requests.set(entry.n, request);
        dialects.set(request.transactionId, request.intent.dialect);
        break;
      }
      case 'answer': {
        const request = requests.get(entry.n);
        const ack = isAcknowledged(JSON.parse(entry.body));
        if (request) request.answer = { status: entry.status, ack };
        break;
      }
      case 'callback': {
        const callback = readCallback(entry, dialects);
        if (!firstSent.has(entry.body)) firstSent.set(entry.body, entry.t);
        callbacks.set(entry.n, callback);
        break;
      }
      case 'delivery': {
        const callback = callbacks.get(entry.n);
        if (callback) callback.delivery = { t: entry.t, to: entry.to, ack: entry.ack };
        break;
      }
      case 'killed':
        processNumber += 1;
        break;
      default:
    }
  }
  const deaths = history.filter((entry) => entry.kind === 'killed').map((entry) => entry.t);
  const clocks = [...hostClock, ...readBridgeClock(fromChargers, history, deaths)];
  const dated = (callback: Callback): Callback => {
    const sentAt = firstSent.get(callback.body) ?? callback.t;
    return { ...callback, ...trueTimes(clocks, callback.madeAt, sentAt) };
  };
  return {
    fromChargers,
    toChargers,
    requests: [...requests.values()],
    callbacks: skewed ? [...callbacks.values()].map((callback) => dated(callback)) : [...callbacks.values()],
    sockets: history.filter((entry) => entry.kind === 'socket'),
    deaths,
    prices: history.filter((entry) => entry.kind === 'up'),
    skewed,
    clockSpreadMs: Math.max(...offsets) - Math.min(...offsets),
    faultsEndedAt: history.find((entry) => entry.kind === 'faults-ended')?.t ?? Infinity,
    intruders: history.filter((entry) => entry.kind === 'intruder').map((entry) => entry.t),
    money: history.filter((entry) => entry.kind === 'money'),
    flows: history.filter((entry) => entry.kind === 'flow'),
    chargerClockSteps: history.filter((entry) => entry.kind === 'charger-clock'),
    frames: history.filter((entry) => entry.kind === 'frame'),
  };
}

/**
 * An offset of the host's clock, from the time it was set until the death of the last process that may use it. Times
 * in epoch ms.
 */
interface ClockPeriod {
  readonly from: number;
  readonly diedAt: number;
  readonly offsetMs: number;
}

function readHostClock(history: readonly Timed[]): readonly ClockPeriod[] {
  const deaths = history.filter((entry) => entry.kind === 'killed').map((entry) => entry.t);
  const periods: ClockPeriod[] = [{ from: -Infinity, diedAt: deaths[0] ?? Infinity, offsetMs: 0 }];
  for (const entry of history) {
    if (entry.kind !== 'up' && entry.kind !== 'clock') continue;
    // The clock steps while no process is running, and the next process creates callbacks before it reports that it is
    // up.
    const bornAt = deaths.findLast((death) => death <= entry.t) ?? -Infinity;
    const diedAt = deaths.find((death) => death > entry.t) ?? Infinity;
    periods.push({ from: entry.kind === 'up' ? bornAt : entry.t, diedAt, offsetMs: entry.hostOffsetMs });
  }
  return periods;
}

/** An offset that the clock of the running process had at `t`, ms. */
interface ShownOffset {
  readonly t: number;
  readonly offsetMs: number;
}

/**
 * Returns the clock offsets that each process shows in its answers or reports. If the host's clock was stepped while no
 * process ran, the next process may continue the time from before the step.
 */
function readBridgeClock(
  calls: readonly Call[],
  history: readonly Timed[],
  deaths: readonly number[],
): readonly ClockPeriod[] {
  const reported = history.filter((entry) => entry.kind === 'clock-continued');
  const periods = new Map<string, ClockPeriod>();
  for (const { t, offsetMs } of [...calls.flatMap((call) => offsetIn(call)), ...reported]) {
    const from = deaths.findLast((death) => death <= t) ?? -Infinity;
    const diedAt = deaths.find((death) => death > t) ?? Infinity;
    periods.set(`${from}/${offsetMs}`, { from, diedAt, offsetMs });
  }
  return [...periods.values()];
}

function offsetIn({ action, answer }: Call): readonly ShownOffset[] {
  if (!answer) return [];
  // A tag expires when its transaction ends.
  const shown = action === 'StopTransaction' ? ['idTagInfo', 'expiryDate'] : ['currentTime'];
  const offsetMs = Date.parse(text(at(answer.payload, ...shown))) - Math.round(answer.t);
  return Number.isNaN(offsetMs) ? [] : [{ t: answer.t, offsetMs }];
}

/**
 * Returns the first and the last time before `sentAt` at which the bridge's clock may have shown `shown`. A process may
 * adopt a step of the host's clock late, so its clock may show any earlier offset.
 */
function trueTimes(
  periods: readonly ClockPeriod[],
  shown: number,
  sentAt: number,
): Pick<Callback, 'madeAt' | 'madeNotBefore'> {
  const possible = periods.flatMap(({ from, diedAt, offsetMs }) => {
    // Timestamps are whole milliseconds, but virtual time may lie between two of them.
    const t = shown - offsetMs;
    return t >= Math.floor(from) && t <= Math.ceil(Math.min(diedAt, sentAt)) ? [t] : [];
  });
  if (possible.length === 0) return { madeAt: sentAt, madeNotBefore: -Infinity };
  return { madeAt: Math.max(...possible), madeNotBefore: Math.min(...possible) };
}

/** Whether a callback was certainly created after another one, at whichever times the clock showed their timestamps. */
export function isMadeAfter(one: Callback, other: Callback): boolean {
  return one.madeNotBefore > other.madeAt;
}

function readRequest(entry: Extract<Timed, { kind: 'request' }>, processNumber: number): Request {
  const { t, from, action, body, intent } = entry;
  return { t, from, body, intent, processNumber, ...readEnvelope(JSON.parse(body)), action };
}

function readCallback(
  { t, url, body }: Extract<Timed, { kind: 'callback' }>,
  dialects: ReadonlyMap<string, string>,
): Callback {
  const json: unknown = JSON.parse(body);
  const envelope = readEnvelope(json);
  const name = dialects.get(envelope.transactionId);
  const dialect = BUYER_DIALECTS.find((one) => one.name === name) ?? ueiCharging;
  const message = at(json, 'message');
  const order = dialect.readOrder(message);
  return {
    ...envelope,
    t,
    url,
    body,
    dialect,
    isInDialect: dialect.speaks(at(json, 'context')),
    madeAt: Date.parse(envelope.timestamp),
    madeNotBefore: Date.parse(envelope.timestamp),
    order,
    orderId: order?.id ?? '',
    final: order !== undefined && isFinal(order),
    isError: hasError(json),
    phone: envelope.action === 'on_support' ? dialect.readPhone(message) : '',
  };
}
