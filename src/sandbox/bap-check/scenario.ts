/** Plays the scenario of one run, from the first search to the pause after the rating. */
import type { Clock } from '../../ports/runtime.js';
import { DriverError, type AppDriver } from './app-driver.js';
import type { OutboundCallback } from './provider/callback-sender.js';
import { buildSessionOrder, type SessionSnapshot } from './provider/provider-messages.js';
import { CALLBACK_FLAWS, type Action } from './provider/provider-profiles.js';
import type { CheckProvider } from './provider/provider.js';
import type { QuotedTransaction, ReceivedRequest, RunRecord, Timing } from './provider/run-record.js';

export interface ScenarioOptions {
  readonly clock: Clock;
  readonly provider: CheckProvider;
  readonly driver: AppDriver;
  readonly timing: Timing;
  /** True once the person has asked to stop. */
  isInterrupted(): boolean;
  /** Shows a line to the person who operates the app. */
  print(text: string): void;
}

/** Thrown if the run cannot continue. The message has no full stop. */
class ScenarioAborted extends Error {
  override readonly name = 'ScenarioAborted';
}

const POLL_MS = 10;
const STEP_ENERGY_WH = 1_000;
/** The charging power of the reported sessions is 14.4 kW, or 4 Wh per second. */
const WH_PER_SECOND = 4;
const FINAL_SESSION = { status: 'COMPLETE', connector: 'Finishing', energyWh: 4_000, elapsedS: 900 } as const;

/** @returns Why the run ended early; `undefined` if it was complete. */
export async function runScenario(options: ScenarioOptions): Promise<string | undefined> {
  try {
    await playOrder(options);
    return undefined;
  } catch (error) {
    if (error instanceof ScenarioAborted || error instanceof DriverError) return error.message;
    throw error;
  } finally {
    await options.provider.whenIdle();
  }
}

async function playOrder(options: ScenarioOptions): Promise<void> {
  const { provider, timing } = options;
  for (const action of ['search', 'select', 'init', 'confirm'] as const) await requireRequest(options, action);
  const order = latestAnswered(provider, 'confirm');
  if (!order) throw new ScenarioAborted('no order was confirmed');
  options.print('The order is confirmed. Unsolicited callbacks follow, and forged ones that your app must refuse.');
  const progress = await sendSessionCallbacks(options, order);
  await requireRequest(options, 'status');
  await offerOptionalRequests(options, ['update', 'track', 'support', 'cancel'], order);

  provider.session = FINAL_SESSION;
  const terminal = await provider.sendStatus('terminal', order, presentOrder(options, order));
  if (progress && provider.profile.repeatsEnd) {
    await provider.sendStatus('after-end', order, {}, terminal);
    await provider.sendStatus('after-end', order, {}, progress);
  }
  options.print('The session has ended.');
  await offerOptionalRequests(options, ['rating'], order);
  await pause(options, timing.repeatWindowMs);
  await provider.whenIdle();
}

const presentOrder = ({ clock, provider }: ScenarioOptions, order: QuotedTransaction) =>
  buildSessionOrder(provider.offer, order, provider.session, clock.now());

/** Returns the last transaction in which this action was answered without an error. */
const latestAnswered = (provider: CheckProvider, action: Action): QuotedTransaction | undefined =>
  [...provider.transactions.values()].findLast(({ answers }) => answers.some((answer) => answer.action === action));

const requestsFor = (provider: CheckProvider, action: Action): ReceivedRequest[] =>
  provider.entries.filter((entry) => entry.kind === 'request').filter((request) => request.action === action);

/**
 * Prompts for an action until it is answered without an error. If no such request comes, the run is aborted, unless the
 * action is a status.
 */
async function requireRequest(options: ScenarioOptions, action: Action): Promise<void> {
  const { provider, driver, timing } = options;
  const isAnswered = (): boolean => latestAnswered(provider, action) !== undefined;
  if (!isAnswered()) await driver.prompt(action, latestTransaction(provider));
  let knownFailures = 0;
  while (!isAnswered()) {
    const timeoutMs = action === 'status' && knownFailures > 0 ? timing.optionalTimeoutMs : timing.timeoutMs;
    const hasNews = (): boolean => isAnswered() || failuresOf(provider, action).length > knownFailures;
    if (!(await waitUntil(options, timeoutMs, hasNews))) {
      if (action === 'status') break;
      throw new ScenarioAborted(`no ${action} that could be answered came within ${timeoutMs / 1_000} s`);
    }
    if (isAnswered()) break;
    const failures = failuresOf(provider, action);
    knownFailures = failures.length;
    const hasContinued = (): boolean =>
      provider.entries.some(
        (entry) =>
          entry.kind === 'request' && !failures.includes(entry) && failures.every((failure) => failure.at <= entry.at),
      );
    // A request within this time counts as an automatic repeat, which the rules judge.
    await pause(options, timing.repeatWindowMs);
    if (driver.continuesByItself) await waitUntil(options, timing.optionalTimeoutMs, hasContinued);
    if (!hasContinued()) await driver.prompt(action, latestTransaction(provider), 'again');
  }
  await provider.whenIdle();
}

/** Returns the requests of an action that were not acknowledged, and the error callbacks to it. */
const failuresOf = (provider: CheckProvider, action: Action): RunRecord['entries'] =>
  provider.entries.filter((entry) =>
    entry.kind === 'request'
      ? entry.action === action && entry.reply !== 'ack'
      : entry.label === 'error' && entry.action === `on_${action}`,
  );

const latestTransaction = (provider: CheckProvider): QuotedTransaction | undefined => {
  const request = provider.entries.findLast((entry) => entry.kind === 'request');
  return request ? provider.transactions.get(request.transactionId) : undefined;
};

/** Asks for each request that has not come yet, then waits until all have come or nothing more arrives. */
async function offerOptionalRequests(
  options: ScenarioOptions,
  actions: readonly Action[],
  order: QuotedTransaction,
): Promise<void> {
  const { provider, driver, timing } = options;
  for (const action of actions) {
    if (requestsFor(provider, action).length > 0) continue;
    await driver.prompt(action, order, 'optional');
    await provider.whenIdle();
  }
  const allArrived = (): boolean => actions.every((action) => requestsFor(provider, action).length > 0);
  let knownEntries = -1;
  while (!allArrived() && knownEntries < provider.entries.length) {
    knownEntries = provider.entries.length;
    const hasNews = (): boolean => allArrived() || provider.entries.length > knownEntries;
    await waitUntil(options, timing.optionalTimeoutMs, hasNews);
  }
  await provider.whenIdle();
}

/** Sends the profile's session callbacks, then one with each flaw. @returns The first progress callback, if any. */
async function sendSessionCallbacks(
  options: ScenarioOptions,
  order: QuotedTransaction,
): Promise<OutboundCallback | undefined> {
  const { provider, clock } = options;
  let firstProgress: OutboundCallback | undefined;
  let latest: OutboundCallback | undefined;
  for (const step of provider.profile.scenario) {
    const { energyWh } = provider.session;
    if (step === 'out-of-order') {
      // Dated a minute ago, and so before the callback that was sent last.
      const session = chargingSession(energyWh - STEP_ENERGY_WH / 2);
      const earlier = buildSessionOrder(provider.offer, order, session, clock.now() - 60_000);
      await provider.sendStatus(step, order, earlier);
    } else if (step === 'duplicate-status') {
      await provider.sendStatus(step, order, {}, latest);
    } else {
      provider.session = chargingSession(energyWh + STEP_ENERGY_WH);
      latest = await provider.sendStatus(step, order, presentOrder(options, order));
      if (step === 'progress') firstProgress ??= latest;
    }
  }
  for (const flaw of CALLBACK_FLAWS) await provider.sendStatus(flaw, order, presentOrder(options, order));
  return firstProgress;
}

const chargingSession = (energyWh: number): SessionSnapshot => ({
  status: 'ACTIVE',
  connector: 'Charging',
  energyWh,
  elapsedS: energyWh / WH_PER_SECOND,
});

/**
 * @returns False if the condition did not become true within `ms`.
 * @errors Rejects with ScenarioAborted if interrupted.
 */
async function waitUntil(options: ScenarioOptions, ms: number, condition: () => boolean): Promise<boolean> {
  const { clock } = options;
  const giveUpAt = clock.now() + ms;
  while (!condition()) {
    if (options.isInterrupted()) throw new ScenarioAborted('it was interrupted');
    if (clock.now() >= giveUpAt) return false;
    await new Promise<void>((resolve) => clock.callLater(POLL_MS, resolve));
  }
  return true;
}

async function pause(options: ScenarioOptions, ms: number): Promise<void> {
  await waitUntil(options, ms, () => false);
}
