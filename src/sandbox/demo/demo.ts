/** `npm run demo`: the whole road from a search to the bill, with everything that is needed in one process. */
import { parseArgs } from 'node:util';
import { parseHundredths } from '../buyer-app/catalogue-reading.js';
import { startDemo, SUBSCRIBER_IDS, type Demo } from './demo-environment.js';
import { JourneyError, orderOf, placeOrder, deliveryHistory, waitForEnd, type PlacedOrder } from './place-order.js';
import { createSessionTracker, type SessionTracker } from './session-tracker.js';
import { createProgressDisplay } from './progress-display.js';
import { checkEvidence, printChecks, printReceipt, type Evidence } from './receipt.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createTerminal } from '../runtime/terminal.js';
import { readLastSession } from './session-messages.js';
import { printNextSteps } from './next-steps.js';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';
import { jsonLine, type WireMessage } from './message-log.js';

const USAGE = `usage: npm run demo -- [--once] [--json] [--speed N] [--ocpp V]
  --once     play one journey, check it, exit 0 when all of it holds and 1 otherwise
  --json     one JSON object a line on stdout for every message on a wire; the human text goes to stderr
  --speed N  virtual seconds per second, 1 to 60 (40)
  --ocpp V   the charge points speak OCPP 1.6, 2.0.1 or 2.1 (1.6)`;

const SEARCH_GPS = '12.9784,77.6408';
const FIRST_ORDER = { chargePoint: 'KC-IND-01', connector: 'KC-IND-01-1', rupees: 300 };
const SECOND_ORDER = { connector: 'KC-WHF-01-1', rupees: 900 };
const MAX_SESSION_MS = 3 * 3_600_000;

interface Flags {
  readonly once: boolean;
  readonly json: boolean;
  readonly speed: number;
  readonly ocpp: OcppVersionName;
}

function isOcpp(version: string): version is OcppVersionName {
  return version === '1.6' || version === '2.0.1' || version === '2.1';
}

function readFlags(args: string[]): Flags | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        speed: { type: 'string', default: '40' },
        ocpp: { type: 'string', default: '1.6' },
        help: { type: 'boolean', default: false },
      },
    });
    const speed = Number(values.speed);
    if (values.help) return USAGE;
    // Faster, and the real milliseconds of a machine become minutes of the story.
    if (!(speed >= 1 && speed <= 60)) return `--speed ${values.speed} is not a number from 1 to 60\n${USAGE}`;
    const { once, json, ocpp } = values;
    if (!isOcpp(ocpp)) return `--ocpp ${ocpp} is none of 1.6, 2.0.1 and 2.1\n${USAGE}`;
    return { once, json, speed, ocpp };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}

function collectEvidence({ buyer, log }: Demo, placed: PlacedOrder, order: Evidence['order']): Evidence {
  return {
    connector: placed.connector,
    orderId: placed.orderId,
    order,
    paid: placed.paid,
    authorisedCost: placed.authorisedCost,
    ...readLastSession(log.messages, FIRST_ORDER.chargePoint),
    ...deliveryHistory(buyer, placed.orderId),
    unverified: buyer.rejected,
  };
}

async function run(flags: Flags, leave: Promise<void>): Promise<number> {
  const screen = createTerminal(flags.json ? process.stderr : process.stdout, process.env);
  const progress = createProgressDisplay(screen, SUBSCRIBER_IDS);
  let reader: SessionTracker | undefined;
  const told = (message: WireMessage): void => {
    if (flags.json) process.stdout.write(`${jsonLine(message)}\n`);
    progress.message(message);
    const live = reader?.update(message);
    if (live) progress.session(live);
  };

  progress.heading('A registry, a bridge, a buyer app and three charge points are starting');
  // A journey that was cut short has proved nothing.
  const interrupted = flags.once ? 1 : 0;
  const demo = await startDemo(flags.speed, flags.ocpp, told);
  try {
    const { buyer, addresses } = demo;
    progress.note(
      `bridge ${addresses.beckn} (Beckn) and ${addresses.ocpp} (OCPP ${flags.ocpp}), time runs ${flags.speed}×`,
    );
    progress.heading(`The buyer orders ₹${FIRST_ORDER.rupees} of charging for the car at ${FIRST_ORDER.chargePoint}`);
    const placed = await Promise.race([
      placeOrder(buyer, SEARCH_GPS, FIRST_ORDER.connector, FIRST_ORDER.rupees),
      leave,
    ]);
    if (!placed) return interrupted;
    reader = createSessionTracker(
      FIRST_ORDER.chargePoint,
      parseHundredths(placed.connector.price) ?? 0,
      placed.authorisedCost,
    );
    const ending = await Promise.race([waitForEnd(buyer, placed.orderId, MAX_SESSION_MS), leave]);
    if (!ending) return interrupted;
    reader = undefined;
    // Anything told after the end would be told now.
    if (flags.once) await new Promise<void>((resolve) => demo.clock.callLater(30_000, resolve));
    const evidence = collectEvidence(demo, placed, orderOf(ending) ?? {});
    printReceipt(screen, evidence);
    const checks = checkEvidence(evidence);
    printChecks(screen, checks);
    if (flags.once) return checks.every((check) => check.holds) ? 0 : 1;

    const second = await continueInRealTime(demo, leave, (text) => progress.heading(text));
    if (second !== 'interrupted') printNextSteps(screen, flags.ocpp, addresses, second);
    await leave;
    return 0;
  } finally {
    await demo.stop();
  }
}

/** Waits until the clock has caught up with the world, and lets a second car charge in real time to play with. */
async function continueInRealTime(
  demo: Demo,
  leave: Promise<void>,
  heading: (text: string) => void,
): Promise<PlacedOrder | undefined | 'interrupted'> {
  const caughtUp = async (): Promise<true> => {
    while (demo.clock.behindMs() > 0) await new Promise<void>((resolve) => realClock.callLater(100, resolve));
    return true;
  };
  heading('Time catches up with the present');
  if (!(await Promise.race([caughtUp(), leave]))) return 'interrupted';
  heading('In real time from here: a second car, to ask about, change and stop');
  return placeOrder(demo.buyer, SEARCH_GPS, SECOND_ORDER.connector, SECOND_ORDER.rupees).catch(() => undefined);
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === 'string') {
    process.stderr.write(`${flags}\n`);
    process.exitCode = flags === USAGE ? 0 : 2;
    return;
  }
  let signals = 0;
  const leave = new Promise<void>((resolve) => {
    const heard = (): void => {
      signals += 1;
      if (signals > 1) process.exit(130);
      resolve();
    };
    process.on('SIGINT', heard);
    process.on('SIGTERM', heard);
    // A reader that goes away, such as `head`, ends the demo as a signal does; every later write fails again.
    process.stdout.on('error', () => resolve());
  });
  try {
    process.exitCode = await run(flags, leave);
  } catch (error) {
    process.stderr.write(
      `\n${error instanceof JourneyError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    process.exitCode = 1;
  }
}

await main();
