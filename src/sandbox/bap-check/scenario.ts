/** One run: the provider's whole part, from the first search to the quiet after the end. */
import type { Clock } from '../../ports/runtime.js';
import type { OutboundCallback } from './provider/callback-sender.js';
import { DriverError, type AppDriver } from './app-driver.js';
import { CALLBACK_FLAWS, type Action } from './provider/provider-profiles.js';
import type { CheckProvider } from './provider/provider.js';
import { buildSessionOrder, type SessionSnapshot } from './provider/provider-messages.js';
import type { QuotedTransaction, ReceivedRequest, RunRecord, Timing } from './provider/run-record.js';

export interface ScenarioOptions {
  readonly clock: Clock;
  readonly provider: CheckProvider;
  readonly driver: AppDriver;
  readonly timing: Timing;
  /** True once the person wants to leave. */
  isInterrupted(): boolean;
  print(text: string): void;
}

/** The run cannot go on: a sentence. */
class ScenarioAborted extends Error {
  override readonly name = 'ScenarioAborted';
}

const POLL_MS = 10;

/** @returns Why the run was cut short; undefined when it went to its end. */
export async function runScenario(options: ScenarioOptions): Promise<string | undefined> {
  try {
    await journey(options);
    return undefined;
  } catch (error) {
    if (error instanceof ScenarioAborted || error instanceof DriverError) return error.message;
    throw error;
  } finally {
    await options.provider.whenIdle();
  }
}

async function journey(options: ScenarioOptions): Promise<void> {
  const { provider, timing: pace } = options;
  for (const action of ['search', 'select', 'init', 'confirm'] as const) await expectRequest(options, action);
  const order = latestAnswered(provider, 'confirm');
  if (!order) throw new ScenarioAborted('no order was confirmed');
  options.print('The order stands. Now come callbacks that nobody asked for, and some that must not be believed.');
  const progress = await sendScenario(options, order);
  await expectRequest(options, 'status');
  await offerOptionalRequests(options, ['update', 'track', 'support', 'cancel'], order);

  provider.session = { status: 'COMPLETE', connector: 'Finishing', energyWh: 4_000, elapsedS: 900 };
  const ended = await provider.sendCallback('terminal', order, currentOrder(options, order));
  if (progress && provider.profile.repeatsEnd) {
    await provider.sendCallback('after-end', order, {}, ended);
    await provider.sendCallback('after-end', order, {}, progress);
  }
  options.print('The session has ended.');
  await offerOptionalRequests(options, ['rating'], order);
  await pause(options, pace.repeatWindowMs);
  await provider.whenIdle();
}

const currentOrder = ({ clock, provider }: ScenarioOptions, order: QuotedTransaction) =>
  buildSessionOrder(provider.offer, order, provider.session, clock.now());

/** The newest transaction in which this was answered well. */
const latestAnswered = (provider: CheckProvider, action: Action): QuotedTransaction | undefined =>
  [...provider.transactions.values()].findLast((given) => given.answers.some((one) => one.action === action));

const requestsFor = (provider: CheckProvider, action: Action): ReceivedRequest[] =>
  provider.entries.filter((one) => one.kind === 'request').filter((one) => one.action === action);

/** A request that must come, and be answered without an error. After the confirm the session goes on without it. */
async function expectRequest(options: ScenarioOptions, action: Action): Promise<void> {
  const { provider, driver, timing: pace } = options;
  const answered = (): boolean => latestAnswered(provider, action) !== undefined;
  if (!answered()) await driver.prompt(action, latestTransaction(provider));
  let known = 0;
  while (!answered()) {
    const patienceMs = action === 'status' && known > 0 ? pace.optionalTimeoutMs : pace.timeoutMs;
    if (!(await waitUntil(options, patienceMs, () => answered() || setbacks(provider, action).length > known))) {
      if (action === 'status') break;
      throw new ScenarioAborted(`no ${action} that could be answered came within ${patienceMs / 1_000} s`);
    }
    if (answered()) break;
    const past = setbacks(provider, action);
    known = past.length;
    const goneOn = (): boolean =>
      provider.entries.some(
        (one) => one.kind === 'request' && !past.includes(one) && past.every((setback) => setback.at <= one.at),
      );
    // What it does at once is a reflex that the rules look at.
    await pause(options, pace.repeatWindowMs);
    if (driver.continuesByItself) await waitUntil(options, pace.optionalTimeoutMs, goneOn);
    if (!goneOn()) await driver.prompt(action, latestTransaction(provider), 'again');
  }
  await provider.whenIdle();
}

/** Where this action was refused, or answered by an error. */
const setbacks = (provider: CheckProvider, action: Action): RunRecord['entries'] =>
  provider.entries.filter((one) =>
    one.kind === 'request'
      ? one.action === action && one.reply !== 'ack'
      : one.label === 'error' && one.action === `on_${action}`,
  );

const latestTransaction = (provider: CheckProvider): QuotedTransaction | undefined => {
  const last = provider.entries.findLast((one) => one.kind === 'request');
  return last ? provider.transactions.get(last.transactionId) : undefined;
};

/** Requests that may come; the app is asked for each, and then there is some time. */
async function offerOptionalRequests(
  options: ScenarioOptions,
  actions: readonly Action[],
  order: QuotedTransaction,
): Promise<void> {
  const { provider, driver, timing: pace } = options;
  for (const action of actions) {
    if (requestsFor(provider, action).length > 0) continue;
    await driver.prompt(action, order, 'optional');
    await provider.whenIdle();
  }
  const all = (): boolean => actions.every((action) => requestsFor(provider, action).length > 0);
  let known = -1;
  while (!all() && known < provider.entries.length) {
    known = provider.entries.length;
    await waitUntil(options, pace.optionalTimeoutMs, () => all() || provider.entries.length > known);
  }
  await provider.whenIdle();
}

/** What is told while the session lasts. @returns The first progress as it was sent. */
async function sendScenario(options: ScenarioOptions, order: QuotedTransaction): Promise<OutboundCallback | undefined> {
  const { provider, clock } = options;
  const charging = (energyWh: number): SessionSnapshot => ({
    status: 'ACTIVE',
    connector: 'Charging',
    energyWh,
    elapsedS: energyWh / 4,
  });
  let [first, last]: (OutboundCallback | undefined)[] = [];
  for (const beat of provider.profile.scenario) {
    const at = provider.session;
    switch (beat) {
      case 'out-of-order': {
        // Measured before what was told last, and arriving after it.
        const earlier = buildSessionOrder(provider.offer, order, charging(at.energyWh - 500), clock.now() - 60_000);
        await provider.sendCallback(beat, order, earlier);
        break;
      }
      case 'duplicate-status':
        await provider.sendCallback(beat, order, {}, last);
        break;
      default:
        provider.session = charging(at.energyWh + 1_000);
        last = await provider.sendCallback(beat, order, currentOrder(options, order));
        if (beat === 'progress') first ??= last;
    }
  }
  for (const flaw of CALLBACK_FLAWS) await provider.sendCallback(flaw, order, currentOrder(options, order));
  return first;
}

/** @returns Whether it became so. @errors CutShort, once the person left. */
async function waitUntil(options: ScenarioOptions, ms: number, so: () => boolean): Promise<boolean> {
  const { clock } = options;
  const until = clock.now() + ms;
  while (!so()) {
    if (options.isInterrupted()) throw new ScenarioAborted('it was interrupted');
    if (clock.now() >= until) return false;
    await new Promise<void>((resolve) => clock.callLater(POLL_MS, resolve));
  }
  return true;
}

async function pause(options: ScenarioOptions, ms: number): Promise<void> {
  await waitUntil(options, ms, () => false);
}
