/** Plays a whole order on a running bridge, with a buyer app and a registry of its own. */
import type { Random } from '../../ports/runtime.js';
import { createBuyerApp, type BuyerApp } from '../buyer-app.js';
import type { OfferedConnector } from '../buyer-app/catalogue-reading.js';
import type { Choice } from '../buyer-app/request-messages.js';
import { createChargePoint, type SimulatedChargePoint } from '../charge-point.js';
import { MessageLog, type WireMessage } from '../demo/message-log.js';
import { deliveryHistory, orderOf, placeOrderAt, waitForEnd } from '../demo/place-order.js';
import type { Exchange } from '../demo/progress-display.js';
import { checkEvidence, printChecks, printReceipt, type Evidence } from '../demo/receipt.js';
import { readLastSession } from '../demo/session-messages.js';
import { startSandboxRegistry } from '../registry.js';
import { findFreePort } from '../runtime/free-port.js';
import { makeKeys, type SandboxKeys } from '../runtime/keys.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { wrap, type Terminal } from '../runtime/terminal.js';
import { closeTrial, openTrial, type OpenedTrial, type TrialBridge, type TrialPlace } from './trial-api.js';
import { describeSimulated, describeUntried, orderFor } from './trial-order.js';

export interface TrialOptions {
  readonly bridge: TrialBridge;
  /** Item id, or `<charge point>/<connector number>`. */
  readonly connector: string;
  /** Whether the charge point is simulated even if the real one is connected. */
  readonly simulate: boolean;
  readonly terminal: Terminal;
  /** Called with every message of the buyer app and of the simulated charge point. */
  onMessage(message: WireMessage): void;
  /** Called with the ids of the parties and the currency, before the first message. */
  onOpened?(exchange: Required<Exchange>): void;
  /** Resolves when the user interrupts the trial. */
  readonly interrupted: Promise<void>;
  /** How long a session that is ordered by energy or time takes at rated power; 45 s by default. */
  readonly sessionS?: number;
}

const HOST = '127.0.0.1';
const KEY_ID = 'trial-key';
/** Long enough to show the power and to reach the limit, short enough to wait for. */
const DEFAULT_SESSION_S = 45;
/** At a real charge point, somebody has to plug in first. */
const MAX_WAIT_MS = 15 * 60_000;
const CALLBACK_TIMEOUT_MS = 30_000;
const SAMPLE_S = 5;
const CAPACITY_WH = 60_000;

type Cleanup = () => Promise<void> | void;

/**
 * Plays the order, and prints the receipt and the checks.
 * @returns Whether all checks passed; `undefined` if it was interrupted.
 * @errors Rejects with a TrialError or an OrderError.
 */
export async function playTrial(options: TrialOptions): Promise<boolean | undefined> {
  const cleanups: Cleanup[] = [];
  const interruption = new AbortController();
  void options.interrupted.then(() => interruption.abort());
  try {
    return await play(options, cleanups, interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) return undefined;
    throw error;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

async function play(
  options: TrialOptions,
  cleanups: Cleanup[],
  interruption: AbortSignal,
): Promise<boolean | undefined> {
  const { terminal, interrupted } = options;
  const keys = await makeKeys();
  const random = createSeededRandom(Buffer.from(keys.publicKey).readUInt32LE(0));
  const { trial, buyer, log } = await openWithBuyer(options, { keys, random, interruption }, cleanups);
  const { order, payment, simulated } = trial;
  const untried = describeUntried(payment);
  if (untried !== undefined) for (const line of wrap(untried, terminal.width - 2)) terminal.writeLine(`  ${line}`);
  const { sessionS = DEFAULT_SESSION_S } = options;
  const { option, socOnArrival } = orderFor(order, { sessionS, isSimulated: simulated !== undefined });
  if (simulated) {
    const chargePoint = createSimulated(order, simulated, { random, log, socOnArrival });
    cleanups.push(() => chargePoint.stop());
    terminal.writeLine(`  ${describeSimulated(options, order.chargePointId)}`);
    await Promise.race([chargePoint.start(), interrupted]);
  } else {
    terminal.writeLine(`  ${order.chargePointName} is connected: plug a car in at connector ${order.connectorId}.`);
    if (option.code === 'soc') terminal.writeLine(`  It is charged to ${option.value} %, or until it is unplugged.`);
  }
  const session = playSession(buyer, { trial, option, log, transactionId: random.uuid() });
  const evidence = await Promise.race([session, interrupted.then(() => undefined)]);
  // An interrupted order ends by its own deadlines, so later errors of its session do not matter.
  session.catch(() => undefined);
  if (!evidence) return undefined;
  printReceipt(terminal, evidence);
  const checks = checkEvidence(evidence, {
    hasPrice: false,
    hasFrames: simulated !== undefined,
    minReports: 1,
  });
  printChecks(terminal, checks);
  return checks.every(({ holds }) => holds);
}

/** Opens a trial for a buyer app, and starts that app with a registry that knows the bridge. */
async function openWithBuyer(
  { bridge, connector, simulate, onMessage, onOpened }: TrialOptions,
  {
    keys,
    random,
    interruption,
  }: { readonly keys: SandboxKeys; readonly random: Random; readonly interruption: AbortSignal },
  cleanups: Cleanup[],
): Promise<{ readonly trial: OpenedTrial; readonly buyer: BuyerApp; readonly log: MessageLog }> {
  const subscriberId = `trial-${random.base32(8).toLowerCase()}.example`;
  const port = await findFreePort(HOST);
  const application = {
    connector,
    simulate,
    subscriberId,
    keyId: KEY_ID,
    publicKey: keys.publicKeyBase64,
    bapUri: `http://${HOST}:${port}/bap`,
  };
  const trial = await openTrial(bridge, application, interruption);
  cleanups.push(() => closeTrial(bridge, trial.id).catch(() => undefined));
  const { provider } = trial;
  const record = {
    subscriberId: provider.subscriberId,
    url: provider.uri,
    type: 'BPP',
    keyId: provider.keyId,
    signingPublicKey: provider.publicKey,
  } as const;
  const registry = await startSandboxRegistry({ clock: realClock, records: [record] });
  cleanups.push(() => registry.close());
  const names = { buyer: subscriberId, bridge: provider.subscriberId };
  onOpened?.({ ...names, charger: trial.order.chargePointId, currency: trial.order.currency });
  const log = new MessageLog(names, onMessage);
  const buyer = createBuyerApp({
    subscriberId,
    keyId: KEY_ID,
    secretKey: keys.secretKey,
    host: HOST,
    port,
    clock: realClock,
    random,
    registryUrl: registry.url,
    bppUri: provider.uri,
    bppId: provider.subscriberId,
    callbackTimeoutMs: CALLBACK_TIMEOUT_MS,
    onMessage: (message) => log.addBeckn(message),
  });
  await buyer.start();
  cleanups.push(() => buyer.stop());
  return { trial, buyer, log };
}

function createSimulated(
  { chargePointId, connectorId, powerType, maxPowerW }: TrialPlace,
  { url, password }: NonNullable<OpenedTrial['simulated']>,
  { random, log, socOnArrival }: { readonly random: Random; readonly log: MessageLog; readonly socOnArrival: number },
): SimulatedChargePoint {
  const car = { battery: { capacityWh: CAPACITY_WH, socPercent: socOnArrival, maxPowerW }, pluggedIn: true };
  return createChargePoint({
    url,
    id: chargePointId,
    password,
    connectors: [{ connectorId, powerType, maxPowerW, ...car }],
    sampleIntervalS: SAMPLE_S,
    clock: realClock,
    random,
    vendor: 'Sandbox',
    model: 'Trial',
    onFrame: (direction, frame, at) => log.addOcpp(chargePointId, direction, frame, at),
  });
}

async function playSession(
  buyer: BuyerApp,
  {
    trial,
    option,
    log,
    transactionId,
  }: {
    readonly trial: OpenedTrial;
    readonly option: Choice['option'];
    readonly log: MessageLog;
    readonly transactionId: string;
  },
): Promise<Evidence> {
  const { order } = trial;
  const connector = offerOf(order);
  const placed = await placeOrderAt(buyer, connector, option, transactionId);
  const ended = await waitForEnd(buyer, placed.orderId, MAX_WAIT_MS);
  return {
    connector,
    orderId: placed.orderId,
    order: orderOf(ended) ?? {},
    paid: placed.paid,
    authorisedCost: placed.authorisedCost,
    ...readLastSession(log.messages, order.chargePointId),
    ...deliveryHistory(buyer, placed.orderId),
    unverified: buyer.rejected,
  };
}

function offerOf(order: TrialPlace): OfferedConnector {
  const { providerId, providerName, stationId, stationName, chargePointName, standard, maxPowerW } = order;
  return {
    providerId,
    providerName,
    stationId,
    stationName,
    chargePointId: order.chargePointItem,
    chargePointName,
    connectorId: order.connectorItem,
    standard,
    status: 'Available',
    price: '',
    power: `${maxPowerW / 1000} kW`,
  };
}
