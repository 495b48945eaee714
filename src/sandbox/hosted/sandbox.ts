/** Runs `npm run sandbox`: the bridge and charge points for a developer's own buyer app, until Ctrl-C. */
import { formatMinor } from '../../domain/model/money.js';
import type { Connector } from '../../domain/model/network.js';
import { BRIDGE_IDENTITY, demoConnectors, demoCurrency } from '../demo/demo-bridge.js';
import { jsonLine, type WireMessage } from '../demo/message-log.js';
import { ProgressDisplay } from '../demo/progress-display.js';
import { printUnlessRun } from '../runtime/command-line.js';
import { reportError } from '../runtime/failure.js';
import { Interruption } from '../runtime/interruption.js';
import { realClock } from '../runtime/scaled-clock.js';
import { priceText } from '../runtime/price-text.js';
import { createTerminal, type Terminal } from '../runtime/terminal.js';
import { startHostedSandbox, type HostedSandbox } from './environment.js';
import { FAULTS } from './faults.js';
import { readSandboxFlags, type SandboxFlags } from './flags.js';

/** What the car at each connector does, keyed by item id. */
const CARS: Readonly<Record<string, string>> = {
  'KC-IND-01-1': 'a car is plugged in',
  'KC-IND-02-1': 'a car comes 8 s after the start',
  'KC-WHF-01-1': 'a car comes 5 s after the start',
};

function describeConnector({ itemId, name, maxPowerW, tariff }: Connector): string {
  const { currency, pricePerKwh } = tariff;
  const price = priceText(currency, formatMinor(pricePerKwh, currency));
  const car = CARS[itemId];
  return `${name}, ${maxPowerW / 1_000} kW, ${price} per kWh${car === undefined ? '' : `; ${car}`}`;
}

function printWelcome(terminal: Terminal, flags: SandboxFlags, sandbox: HostedSandbox): void {
  const { bppUri, registryUrl, publicKey, operator } = sandbox;
  const rows: readonly (readonly [string, string])[] = [
    ['Registry', registryUrl],
    ['', 'POST /subscribers/lookup, /lookup or /v2.0/lookup'],
    ['Provider', `bpp_id ${BRIDGE_IDENTITY.subscriberId}`],
    ['', `bpp_uri ${bppUri}`],
    ['', `key id ${BRIDGE_IDENTITY.keyId}`],
    ['', `Ed25519 ${publicKey}`],
    ['Your app', `bap_id ${flags.subscriberId}, key id ${flags.keyId}`],
    ['', `callbacks to ${flags.bapUrl}`],
    ['Operator', `${operator.url}/api`],
    ['', `Bearer ${operator.token}`],
  ];
  for (const [name, text] of rows) terminal.writeLine(`  ${name.padEnd(10)}${text}`);
  terminal.writeLine();
  terminal.writeLine(terminal.colour('bold', 'For sale'));
  for (const connector of demoConnectors())
    terminal.writeLine(`  ${connector.itemId.padEnd(14)}${describeConnector(connector)}`);
  for (const fault of flags.faults) terminal.writeLine(`  Each charge point ${FAULTS[fault].effect}.`);
}

async function run(flags: SandboxFlags): Promise<void> {
  const interruption = new Interruption(realClock);
  interruption.listen();
  const terminal = createTerminal(flags.json ? process.stderr : process.stdout, process.env);
  const progress = new ProgressDisplay(terminal, {
    buyer: flags.subscriberId,
    bridge: BRIDGE_IDENTITY.subscriberId,
    currency: demoCurrency(),
  });
  let isReady = false;
  const onMessage = (message: WireMessage): void => {
    if (flags.json) process.stdout.write(`${jsonLine(message)}\n`);
    if (isReady) progress.message(message);
  };
  terminal.writeLine(terminal.colour('bold', 'A Beckn provider with three charge points, for your buyer app'));
  const sandbox = await startHostedSandbox(flags, onMessage);
  try {
    printWelcome(terminal, flags, sandbox);
    progress.heading('Everything runs until you press Ctrl-C. The messages:');
    progress.legend(flags.ocpp);
    isReady = true;
    await interruption.requested;
  } finally {
    await sandbox.stop();
  }
}

const flags = printUnlessRun(readSandboxFlags(process.argv.slice(2)));
if (flags) {
  run(flags).catch((error: unknown) => reportError('sandbox', error));
}
