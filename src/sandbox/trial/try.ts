/** Runs `beckn-ocpp-bridge try`: a whole order on a running bridge, with its receipt and checks. */
import { parseArgs } from 'node:util';
import { jsonLine, type WireMessage } from '../demo/message-log.js';
import { ProgressDisplay } from '../demo/progress-display.js';
import {
  ArgumentError,
  checkUrls,
  printUnlessRun,
  readCommandLine,
  required,
  STANDARD_OPTIONS,
} from '../runtime/command-line.js';
import { reportError } from '../runtime/failure.js';
import { Interruption } from '../runtime/interruption.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createTerminal } from '../runtime/terminal.js';
import { playTrial } from './trial.js';

const PROGRAM = {
  name: 'try',
  helpCommand: 'beckn-ocpp-bridge try --help',
  usage: `Usage: try CONNECTOR --url URL --token TOKEN [options]

Plays a whole order on a running bridge: finds, pays, charges and bills at the
connector, an item id or CHARGE-POINT/NUMBER. Where no charge point is connected,
a simulated one plays it. Nothing of it is sold, listed to buyers or settled.

  --url URL      the operator's listener of the bridge
  --token TOKEN  a token with the scope operate
  --simulate     simulate the charge point although the real one is connected
  --json         each message as one JSON object per line on stdout; the text for
                 people goes to stderr
  -h, --help     show this help
  --version      show the version

Exit code: 0 when all checks pass, 1 when not; the others as beckn-ocpp-bridge
--help lists them.`,
};

interface TryFlags {
  readonly connector: string;
  readonly url: string;
  readonly token: string | undefined;
  readonly simulate: boolean;
  readonly json: boolean;
}

function parseFlags(args: string[]): TryFlags | 'help' | 'version' {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...STANDARD_OPTIONS,
      url: { type: 'string' },
      token: { type: 'string' },
      simulate: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [connector, ...more] = positionals;
  if (connector === undefined || more.length > 0) throw new ArgumentError('one connector must be named');
  const url = required('url', values.url);
  checkUrls({ url });
  const { simulate, json } = values;
  return { connector, url: url.replace(/\/+$/, ''), token: values.token, simulate, json };
}

/** @returns The exit code. */
async function run({ connector, url, token, simulate, json }: TryFlags): Promise<number> {
  const interruption = new Interruption(realClock);
  interruption.listen();
  const terminal = createTerminal(json ? process.stderr : process.stdout, process.env);
  const exchange = { buyer: '', bridge: '', charger: '', currency: '' };
  const progress = new ProgressDisplay(terminal, exchange);
  progress.heading(`A trial order at ${connector}`);
  progress.legend('1.6');
  const onMessage = (message: WireMessage): void => {
    if (json) process.stdout.write(`${jsonLine(message)}\n`);
    progress.message(message);
  };
  const passed = await playTrial({
    bridge: { url, ...(token !== undefined && { token }) },
    connector,
    simulate,
    terminal,
    onMessage,
    onOpened: (opened) => Object.assign(exchange, opened),
    interrupted: interruption.requested,
  });
  if (passed === undefined) return interruption.report(PROGRAM.name, 'interrupted; the order ends by its deadlines');
  return passed ? 0 : 1;
}

const flags = printUnlessRun(readCommandLine(PROGRAM, () => parseFlags(process.argv.slice(2))));
if (flags) {
  run(flags).then(
    (code) => (process.exitCode = code),
    (error: unknown) => reportError(PROGRAM.name, error),
  );
}
