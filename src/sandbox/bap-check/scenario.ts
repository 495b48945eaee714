/** One run: the provider's whole part, from the first search to the quiet after the end. */
import type { Clock } from '../../ports/runtime.js';
import type { Outbound } from './provider/callback-sender.js';
import { DriverFault, type Driver } from './app-driver.js';
import { FLAWS, type Action } from './provider/provider-profiles.js';
import type { Provider } from './provider/provider.js';
import { orderAt, type Moment } from './provider/provider-messages.js';
import type { Given, RequestSeen, RunRecord } from './provider/run-record.js';

/** All ms. */
export interface Pace {
  /** How long to wait for a request that must come. */
  readonly timeoutMs: number;
  /** How long to wait for one that may come. */
  readonly lingerMs: number;
  /** Within this time after a refusal a repeat is a reflex. */
  readonly quietMs: number;
  /** What the provider seems to work before it answers: without it an app that does not wait goes unnoticed. */
  readonly workMs: number;
  /** How much later a late callback is. */
  readonly lateMs: number;
  /** What an answer to a callback may take. */
  readonly answerWithinMs: number;
}

export interface PlayOptions {
  readonly clock: Clock;
  readonly provider: Provider;
  readonly driver: Driver;
  readonly pace: Pace;
  /** True once the person wants to leave. */
  left(): boolean;
  say(text: string): void;
}

/** The run cannot go on: a sentence. */
class CutShort extends Error {
  override readonly name = 'CutShort';
}

const POLL_MS = 10;

/** @returns Why the run was cut short; undefined when it went to its end. */
export async function play(options: PlayOptions): Promise<string | undefined> {
  try {
    await journey(options);
    return undefined;
  } catch (error) {
    if (error instanceof CutShort || error instanceof DriverFault) return error.message;
    throw error;
  } finally {
    await options.provider.settled();
  }
}

async function journey(options: PlayOptions): Promise<void> {
  const { provider, pace } = options;
  for (const action of ['search', 'select', 'init', 'confirm'] as const) await step(options, action);
  const order = newest(provider, 'confirm');
  if (!order) throw new CutShort('no order was confirmed');
  options.say('The order stands. Now come callbacks that nobody asked for, and some that must not be believed.');
  const progress = await tellStory(options, order);
  await step(options, 'status');
  await offerTime(options, ['update', 'track', 'support', 'cancel'], order);

  provider.moment = { status: 'COMPLETE', connector: 'Finishing', energyWh: 4_000, elapsedS: 900 };
  const ended = await provider.tell('terminal', order, tellNow(options, order));
  if (progress && provider.profile.afterwards) {
    await provider.tell('afterwards', order, {}, ended);
    await provider.tell('afterwards', order, {}, progress);
  }
  options.say('The session has ended.');
  await offerTime(options, ['rating'], order);
  await pause(options, pace.quietMs);
  await provider.settled();
}

const tellNow = ({ clock, provider }: PlayOptions, order: Given) =>
  orderAt(provider.offer, order, provider.moment, clock.now());

/** The newest transaction in which this was answered well. */
const newest = (provider: Provider, action: Action): Given | undefined =>
  [...provider.given.values()].findLast((given) => given.answered.some((one) => one.action === action));

const seen = (provider: Provider, action: Action): RequestSeen[] =>
  provider.entries.filter((one) => one.kind === 'request').filter((one) => one.action === action);

/** A request that must come, and be answered without an error. After the confirm the session goes on without it. */
async function step(options: PlayOptions, action: Action): Promise<void> {
  const { provider, driver, pace } = options;
  const answered = (): boolean => newest(provider, action) !== undefined;
  if (!answered()) await driver.ask(action, latest(provider));
  let known = 0;
  while (!answered()) {
    const patienceMs = action === 'status' && known > 0 ? pace.lingerMs : pace.timeoutMs;
    if (!(await wait(options, patienceMs, () => answered() || setbacks(provider, action).length > known))) {
      if (action === 'status') break;
      throw new CutShort(`no ${action} that could be answered came within ${patienceMs / 1_000} s`);
    }
    if (answered()) break;
    const past = setbacks(provider, action);
    known = past.length;
    const goneOn = (): boolean =>
      provider.entries.some(
        (one) => one.kind === 'request' && !past.includes(one) && past.every((setback) => setback.at <= one.at),
      );
    // What it does at once is a reflex that the rules look at.
    await pause(options, pace.quietMs);
    if (driver.goesOn) await wait(options, pace.lingerMs, goneOn);
    if (!goneOn()) await driver.ask(action, latest(provider), 'again');
  }
  await provider.settled();
}

/** Where this action was refused, or answered by an error. */
const setbacks = (provider: Provider, action: Action): RunRecord['entries'] =>
  provider.entries.filter((one) =>
    one.kind === 'request'
      ? one.action === action && one.reply !== 'ack'
      : one.label === 'error' && one.action === `on_${action}`,
  );

const latest = (provider: Provider): Given | undefined => {
  const last = provider.entries.findLast((one) => one.kind === 'request');
  return last ? provider.given.get(last.transactionId) : undefined;
};

/** Requests that may come; the app is asked for each, and then there is some time. */
async function offerTime(options: PlayOptions, actions: readonly Action[], order: Given): Promise<void> {
  const { provider, driver, pace } = options;
  for (const action of actions) {
    if (seen(provider, action).length > 0) continue;
    await driver.ask(action, order, 'if-it-can');
    await provider.settled();
  }
  const all = (): boolean => actions.every((action) => seen(provider, action).length > 0);
  let known = -1;
  while (!all() && known < provider.entries.length) {
    known = provider.entries.length;
    await wait(options, pace.lingerMs, () => all() || provider.entries.length > known);
  }
  await provider.settled();
}

/** What is told while the session lasts. @returns The first progress as it was sent. */
async function tellStory(options: PlayOptions, order: Given): Promise<Outbound | undefined> {
  const { provider, clock } = options;
  const charging = (energyWh: number): Moment => ({
    status: 'ACTIVE',
    connector: 'Charging',
    energyWh,
    elapsedS: energyWh / 4,
  });
  let [first, last]: (Outbound | undefined)[] = [];
  for (const beat of provider.profile.story) {
    const at = provider.moment;
    switch (beat) {
      case 'out-of-order': {
        // Measured before what was told last, and arriving after it.
        const earlier = orderAt(provider.offer, order, charging(at.energyWh - 500), clock.now() - 60_000);
        await provider.tell(beat, order, earlier);
        break;
      }
      case 'duplicate-status':
        await provider.tell(beat, order, {}, last);
        break;
      default:
        provider.moment = charging(at.energyWh + 1_000);
        last = await provider.tell(beat, order, tellNow(options, order));
        if (beat === 'progress') first ??= last;
    }
  }
  for (const flaw of FLAWS) await provider.tell(flaw, order, tellNow(options, order));
  return first;
}

/** @returns Whether it became so. @errors CutShort, once the person left. */
async function wait(options: PlayOptions, ms: number, so: () => boolean): Promise<boolean> {
  const { clock } = options;
  const until = clock.now() + ms;
  while (!so()) {
    if (options.left()) throw new CutShort('it was interrupted');
    if (clock.now() >= until) return false;
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
  return true;
}

async function pause(options: PlayOptions, ms: number): Promise<void> {
  await wait(options, ms, () => false);
}
