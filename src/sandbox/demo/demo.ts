/** Runs `npm run demo`: a charging session from the search to the bill, with everything it needs in one process. */
import { parseArgs } from 'node:util';
import { readAmount } from '../buyer-app/catalogue-reading.js';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';
import { ArgumentError, printUnlessRun, readCommandLine, STANDARD_OPTIONS } from '../runtime/command-line.js';
import { reportError } from '../runtime/failure.js';
import { Interruption } from '../runtime/interruption.js';
import { priceText } from '../runtime/price-text.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createTerminal, type Terminal } from '../runtime/terminal.js';
import { demoCurrency } from './demo-bridge.js';
import { startDemo, SUBSCRIBER_IDS, type Demo } from './demo-environment.js';
import { jsonLine, type WireMessage } from './message-log.js';
import { printNextSteps } from './next-steps.js';
import { deliveryHistory, orderOf, placeOrder, waitForEnd, type PlacedOrder } from './place-order.js';
import { ProgressDisplay, type Exchange } from './progress-display.js';
import { checkEvidence, checkRefund, printChecks, printReceipt, type Evidence } from './receipt.js';
import { isScenarioName, type Scenario, type ScenarioName, SCENARIOS, type ScenarioParts } from './scenarios.js';
import { readLastSession } from './session-messages.js';
import { SessionTracker } from './session-tracker.js';

const SCENARIO_LIST = Object.entries(SCENARIOS)
  .map(([name, { summary }]) => `    ${name.padEnd(18)}${summary}`)
  .join('\n');

const PROGRAM = {
  name: 'demo',
  helpCommand: 'npm run demo -- --help',
  usage: `Usage: npm run demo -- [options]

Plays one charging session from the search to the bill. A registry, the bridge,
a buyer app and three charge points run in one process and talk over real
sockets. Time runs faster until the session has ended.

  --once       play one session, check it and exit: 0 when all checks pass,
               1 otherwise
  --json       write each message on the wires to stdout as one JSON object per
               line; the text for people goes to stderr
  --speed N    seconds of the session per real second, from 1 to 60 (default 40)
  --ocpp V     OCPP version of the charge points: 1.6, 2.0.1 or 2.1
               (default 1.6)
  --scenario NAME   what becomes of the order (default limit); the session
${SCENARIO_LIST}
  -h, --help   show this help
  --version    show the version

Examples
  npm run demo
  npm run demo -- --once --scenario never-starts
  npm run demo -- --once --json --ocpp 2.0.1 > messages.jsonl`,
};

const SEARCH_GPS = '12.9784,77.6408';
const CHARGE_POINT_ID = 'KC-IND-01';
const FIRST_ORDER = { gps: SEARCH_GPS, connectorId: 'KC-IND-01-1', amount: 300 };
const SECOND_ORDER = { gps: SEARCH_GPS, connectorId: 'KC-WHF-01-1', amount: 900 };
const MAX_SESSION_MS = 3 * 3_600_000;
/** At higher speeds a real second of delay on a busy machine would be more than a minute of the session. */
const MAX_SPEED = 60;
/** How long to wait, by the sandbox's clock, for a callback that wrongly follows the end of the session. */
const AFTER_END_MS = 30_000;
const CATCH_UP_POLL_MS = 100;
/** The delays from the order to the buyer's status request, and to the scenario's action, by the sandbox's clock. */
const ASK_AFTER_MS = 4 * 60_000;
const MEANWHILE_MS = 6 * 60_000;

interface Flags {
  readonly once: boolean;
  readonly json: boolean;
  readonly speed: number;
  readonly ocpp: OcppVersionName;
  readonly scenario: ScenarioName;
}

const isOcppVersion = (text: string): text is OcppVersionName => ['1.6', '2.0.1', '2.1'].includes(text);

function parseFlags(args: string[]): Flags | 'help' | 'version' {
  const { values } = parseArgs({
    args,
    options: {
      ...STANDARD_OPTIONS,
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      speed: { type: 'string', default: '40' },
      ocpp: { type: 'string', default: '1.6' },
      scenario: { type: 'string', default: 'limit' },
    },
  });
  const { help, version, once, json, ocpp, scenario } = values;
  if (help) return 'help';
  if (version) return 'version';
  const speed = Number(values.speed);
  if (!(speed >= 1 && speed <= MAX_SPEED))
    throw new ArgumentError(`--speed must be a number from 1 to ${MAX_SPEED}, not '${values.speed}'`);
  if (!isOcppVersion(ocpp)) throw new ArgumentError(`--ocpp must be 1.6, 2.0.1 or 2.1, not '${ocpp}'`);
  if (!isScenarioName(scenario))
    throw new ArgumentError(`--scenario must be ${Object.keys(SCENARIOS).join(', ')}, not '${scenario}'`);
  return { once, json, speed, ocpp, scenario };
}

class DemoRun {
  readonly #flags: Flags;
  readonly #interruption: Interruption;
  readonly #terminal: Terminal;
  readonly #exchange: Exchange;
  readonly #progress: ProgressDisplay;
  #tracker: SessionTracker | undefined;

  constructor(flags: Flags, interruption: Interruption) {
    this.#flags = flags;
    this.#interruption = interruption;
    this.#terminal = createTerminal(flags.json ? process.stderr : process.stdout, process.env);
    this.#exchange = { ...SUBSCRIBER_IDS, currency: demoCurrency() };
    this.#progress = new ProgressDisplay(this.#terminal, this.#exchange);
  }

  /** @returns The exit code. */
  async play(): Promise<number> {
    const { once, speed, ocpp } = this.#flags;
    this.#progress.heading('Starting a registry, the bridge, a buyer app and three charge points');
    this.#progress.legend(ocpp);
    const demo = await startDemo({ speed, ocpp, onMessage: (message) => this.#handleMessage(message) });
    try {
      const { beckn, ocpp: ocppUrl } = demo.addresses;
      this.#progress.note(`The bridge listens on ${beckn} and ${ocppUrl}. Time runs ${speed} times as fast as usual.`);
      const allPassed = await this.#playFirstOrder(demo);
      if (allPassed === undefined) return this.#interruption.report(PROGRAM.name);
      if (once) return allPassed ? 0 : 1;
      await this.#continueInRealTime(demo);
      return 0;
    } finally {
      await demo.stop();
    }
  }

  #handleMessage(message: WireMessage): void {
    if (this.#flags.json) process.stdout.write(`${jsonLine(message)}\n`);
    this.#progress.message(message);
    const figures = this.#tracker?.update(message);
    if (figures) this.#progress.session(figures);
  }

  /** @returns Whether all checks passed; `undefined` if interrupted. */
  async #playFirstOrder(demo: Demo): Promise<boolean | undefined> {
    const { buyer, clock } = demo;
    const amount = priceText(this.#exchange.currency, String(FIRST_ORDER.amount));
    const scenario: Scenario = SCENARIOS[this.#flags.scenario];
    const chargePoint = demo.chargePoint(CHARGE_POINT_ID);
    const parts: ScenarioParts = { buyer, chargePoint };
    this.#progress.heading(`The buyer orders ${amount} of charging for the car at ${CHARGE_POINT_ID}`);
    if (scenario.summary !== SCENARIOS.limit.summary) this.#progress.note(`The session ${scenario.summary}.`);
    scenario.prepare?.(parts);
    const placed = await this.#unlessInterrupted(placeOrder(buyer, FIRST_ORDER));
    if (!placed) return undefined;
    const { authorisedCost, connector, currency } = placed;
    const pricePerKwh = readAmount(connector.price, currency);
    this.#tracker = new SessionTracker({ chargePointId: CHARGE_POINT_ID, pricePerKwh, authorisedCost });
    clock.callLater(ASK_AFTER_MS, () => void buyer.send('status', { order_id: placed.orderId }));
    clock.callLater(MEANWHILE_MS, () => void scenario.meanwhile?.(parts, placed.orderId));
    const ended = await this.#unlessInterrupted(waitForEnd(buyer, placed.orderId, MAX_SESSION_MS));
    if (!ended) return undefined;
    chargePoint.resetMisbehaviour();
    this.#tracker = undefined;
    if (this.#flags.once) await new Promise<void>((resolve) => clock.callLater(AFTER_END_MS, resolve));
    const evidence = collectEvidence(demo, placed, orderOf(ended) ?? {});
    const checks = scenario.charges ? checkEvidence(evidence) : checkRefund(evidence);
    if (scenario.charges) printReceipt(this.#terminal, evidence);
    printChecks(this.#terminal, checks);
    return checks.every(({ holds }) => holds);
  }

  /** Waits until the clock has caught up, starts a second session in real time and keeps running until interrupted. */
  async #continueInRealTime(demo: Demo): Promise<void> {
    const catchUp = async (): Promise<true> => {
      while (demo.clock.behindMs() > 0)
        await new Promise<void>((resolve) => realClock.callLater(CATCH_UP_POLL_MS, resolve));
      return true;
    };
    this.#progress.heading('The clock catches up with the present');
    if (!(await this.#unlessInterrupted(catchUp()))) return;
    this.#progress.heading('From here in real time: a second car charges, for you to follow, change and stop');
    const placed = await placeOrder(demo.buyer, SECOND_ORDER).catch(() => undefined);
    printNextSteps(this.#terminal, this.#flags.ocpp, demo.addresses, placed);
    await this.#interruption.requested;
  }

  #unlessInterrupted<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.#interruption.requested.then(() => undefined)]);
  }
}

function collectEvidence({ buyer, log }: Demo, placed: PlacedOrder, order: Evidence['order']): Evidence {
  const { connector, orderId, paid, authorisedCost } = placed;
  return {
    connector,
    orderId,
    order,
    paid,
    authorisedCost,
    ...readLastSession(log.messages, CHARGE_POINT_ID),
    ...deliveryHistory(buyer, orderId),
    unverified: buyer.rejected,
  };
}

async function main(): Promise<void> {
  const flags = printUnlessRun(readCommandLine(PROGRAM, () => parseFlags(process.argv.slice(2))));
  if (!flags) return;
  const interruption = new Interruption(realClock);
  interruption.listen();
  try {
    process.exitCode = await new DemoRun(flags, interruption).play();
  } catch (error) {
    reportError(PROGRAM.name, error);
  }
}

await main();
