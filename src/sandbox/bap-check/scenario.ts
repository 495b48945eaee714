/** Plays the scenario of one run, from the first search to the pause after the rating. */
import type { Clock } from '../../ports/runtime.js';
import type { SessionSnapshot, Step } from '../dialects/dialect.js';
import { DriverError, type AppDriver } from './app-driver.js';
import type { OutboundCallback } from './provider/callback-sender.js';
import { CALLBACK_FLAWS } from './provider/provider-profiles.js';
import type { CheckProvider } from './provider/provider.js';
import {
  genuineCallbacksIn,
  type Abort,
  type AbortKind,
  type QuotedTransaction,
  type ReceivedRequest,
  type RunRecord,
  type Timing,
} from './provider/run-record.js';
import { isAcknowledged, isTaken } from './rules/rule.js';

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
  readonly kind: AbortKind;

  constructor(kind: AbortKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const POLL_MS = 10;
const STEP_ENERGY_WH = 1_000;
/** The charging power of the reported sessions is 14.4 kW, or 4 Wh per second. */
const WH_PER_SECOND = 4;
const FINAL_SESSION = { phase: 'ended', energyWh: 4_000, elapsedS: 900 } as const;
/** The number of callbacks after which the run ends if the app has accepted none of them. */
const MAX_UNTAKEN = 3;
/** The optional steps while the session runs. `cancel` counts only in a dialect without `stop`. */
const SESSION_STEPS = ['update', 'track', 'support', 'stop', 'cancel'] as const;

/** @returns Why the run ended early; `undefined` if it was complete. */
export async function runScenario(options: ScenarioOptions): Promise<Abort | undefined> {
  try {
    await playOrder(options);
    return undefined;
  } catch (error) {
    if (error instanceof ScenarioAborted) return { kind: error.kind, reason: error.message };
    if (error instanceof DriverError) return { kind: 'driver', reason: error.message };
    throw error;
  } finally {
    await options.provider.whenIdle();
  }
}

async function playOrder(options: ScenarioOptions): Promise<void> {
  const { provider, timing } = options;
  const { contents } = provider.dialect;
  for (const step of ['search', 'select', 'init', 'confirm', 'start'] as const) {
    if (contents[step] !== undefined) await requireRequest(options, step);
  }
  const order = latestAnswered(provider, 'confirm');
  if (!order) throw new ScenarioAborted('stopped', 'no order was confirmed');
  options.print('The order is confirmed. Unsolicited callbacks follow, and forged ones that your app must refuse.');
  const progress = await sendSessionCallbacks(options, order);
  await requireRequest(options, 'status');
  const sessionSteps = SESSION_STEPS.filter(
    (step) => contents[step] !== undefined && !(step === 'cancel' && contents.stop !== undefined),
  );
  await offerOptionalRequests(options, sessionSteps, order);

  provider.session = FINAL_SESSION;
  const terminal = await provider.sendReport('terminal', order);
  if (progress && provider.profile.repeatsEnd) {
    await provider.sendReport('after-end', order, {}, terminal);
    await provider.sendReport('after-end', order, {}, progress);
  }
  options.print('The session has ended.');
  await offerOptionalRequests(options, ['rating'], order);
  await pause(options, timing.repeatWindowMs);
  await provider.whenIdle();
}

/** Returns the last transaction in which this step was answered without an error. */
const latestAnswered = (provider: CheckProvider, step: Step): QuotedTransaction | undefined =>
  [...provider.transactions.values()].findLast(({ answers }) => answers.some((answer) => answer.step === step));

const requestsFor = (provider: CheckProvider, step: Step): ReceivedRequest[] =>
  provider.entries.filter((entry) => entry.kind === 'request').filter((request) => request.step === step);

/**
 * Prompts for a step until one of its requests has been answered without an error. Aborts the run if no request for the
 * step arrives in time, unless the step is `status`.
 */
async function requireRequest(options: ScenarioOptions, step: Step): Promise<void> {
  const { provider, driver, timing } = options;
  const isAnswered = (): boolean => latestAnswered(provider, step) !== undefined;
  if (!isAnswered()) await driver.prompt(step, latestTransaction(provider));
  let knownFailures = 0;
  while (!isAnswered()) {
    const isRepeat = step === 'status' && knownFailures > 0;
    const hasNews = (): boolean => isAnswered() || failuresOf(provider, step).length > knownFailures;
    if (!(await waitForRequest(options, isRepeat, hasNews))) {
      if (step === 'status') break;
      throw missingRequest(options, step);
    }
    if (isAnswered()) break;
    const failures = failuresOf(provider, step);
    knownFailures = failures.length;
    const hasContinued = (): boolean =>
      provider.entries.some(
        (entry) =>
          entry.kind === 'request' && !failures.includes(entry) && failures.every((failure) => failure.at <= entry.at),
      );
    // A request within this time counts as an automatic repeat, which the rules judge.
    await pause(options, timing.repeatWindowMs);
    if (driver.continuesByItself) await waitUntil(options, timing.optionalTimeoutMs, hasContinued);
    if (!hasContinued()) await driver.prompt(step, latestTransaction(provider), 'again');
  }
  await provider.whenIdle();
}

/**
 * Waits for a request, and returns whether one came. The wait is short for a repeat. It is also short while the app has
 * accepted no callback, because it then has nothing to continue with.
 */
async function waitForRequest(options: ScenarioOptions, isRepeat: boolean, hasNews: () => boolean): Promise<boolean> {
  const { provider, timing, clock } = options;
  const { timeoutMs, optionalTimeoutMs } = timing;
  const startedAt = clock.now();
  const patienceMs = (): number => (isRepeat || takesNothing(provider) ? optionalTimeoutMs : timeoutMs);
  const isOver = (): boolean => clock.now() >= startedAt + patienceMs();
  await waitUntil(options, timeoutMs, () => hasNews() || isOver());
  return hasNews();
}

function takesNothing(provider: CheckProvider): boolean {
  const callbacks = genuineCallbacksIn(provider.entries);
  return callbacks.length > 0 && !callbacks.some((callback) => isTaken(callback, provider.dialect));
}

function missingRequest({ provider, timing }: ScenarioOptions, step: Step): ScenarioAborted {
  const callbacks = genuineCallbacksIn(provider.entries);
  if (callbacks.length > 0 && !callbacks.some((callback) => isAcknowledged(callback, provider.dialect)))
    return new ScenarioAborted('unacknowledged', 'the app acknowledged no callback');
  const requests = provider.entries.filter((entry) => entry.kind === 'request');
  const within = `came within ${timing.timeoutMs / 1_000} s`;
  const action = provider.dialect.actions[step] ?? step;
  if (requests.length === 0) return new ScenarioAborted('no-request', `no request ${within}`);
  const purpose = { start: ' to start charging', stop: ' to stop charging' }[step as string] ?? '';
  const after = provider.entries.findLast((entry) => entry.kind === 'callback');
  const last = after ? `, after ${after.action}${after.label === 'error' ? ' with an error' : ''}` : '';
  return new ScenarioAborted('stopped', `no ${action}${purpose} ${within}${last}`);
}

/** Returns the requests of a step that were not acknowledged, and the error callbacks for that step. */
const failuresOf = (provider: CheckProvider, step: Step): RunRecord['entries'] =>
  provider.entries.filter((entry) =>
    entry.kind === 'request'
      ? entry.step === step && entry.reply !== 'ack'
      : entry.label === 'error' && entry.action === `on_${provider.dialect.actions[step]}`,
  );

const latestTransaction = (provider: CheckProvider): QuotedTransaction | undefined => {
  const request = provider.entries.findLast((entry) => entry.kind === 'request');
  return request ? provider.transactions.get(request.transactionId) : undefined;
};

/** Asks for each request that has not come yet, then waits until all have come or nothing more arrives. */
async function offerOptionalRequests(
  options: ScenarioOptions,
  steps: readonly Step[],
  order: QuotedTransaction,
): Promise<void> {
  const { provider, driver, timing } = options;
  for (const step of steps) {
    if (requestsFor(provider, step).length > 0) continue;
    await driver.prompt(step, order, 'optional');
    await provider.whenIdle();
  }
  const allArrived = (): boolean => steps.every((step) => requestsFor(provider, step).length > 0);
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
      // Dated a minute ago, and so earlier than the callback before it.
      const session = chargingSession(energyWh - STEP_ENERGY_WH / 2);
      await provider.sendReport(step, order, { session, now: clock.now() - 60_000 });
    } else if (step === 'duplicate-status') {
      await provider.sendReport(step, order, {}, latest);
    } else {
      provider.session = chargingSession(energyWh + STEP_ENERGY_WH);
      latest = await provider.sendReport(step, order);
      if (step === 'progress') firstProgress ??= latest;
    }
  }
  for (const flaw of CALLBACK_FLAWS) await provider.sendReport(flaw, order);
  return firstProgress;
}

const chargingSession = (energyWh: number): SessionSnapshot => ({
  phase: 'charging',
  energyWh,
  elapsedS: energyWh / WH_PER_SECOND,
});

/**
 * @returns False if the condition did not become true within `ms`.
 * @errors Rejects with ScenarioAborted if the run is interrupted or the app cannot continue.
 */
async function waitUntil(options: ScenarioOptions, ms: number, condition: () => boolean): Promise<boolean> {
  const { clock, provider } = options;
  const giveUpAt = clock.now() + ms;
  while (!condition()) {
    if (options.isInterrupted()) throw new ScenarioAborted('interrupted', 'it was interrupted');
    if (provider.otherDialect) throw new ScenarioAborted('other-dialect', 'the app speaks another dialect');
    if (takesNothing(provider) && genuineCallbacksIn(provider.entries).length >= MAX_UNTAKEN)
      throw new ScenarioAborted('unacknowledged', 'the app took no callback');
    if (clock.now() >= giveUpAt) return false;
    await new Promise<void>((resolve) => clock.callLater(POLL_MS, resolve));
  }
  return true;
}

async function pause(options: ScenarioOptions, ms: number): Promise<void> {
  await waitUntil(options, ms, () => false);
}
