/** Defines the commands that run in the foreground until they are stopped. */
import { textOf, type Call, type Command, type Context, type Option, type Result } from '../frame/command.js';

type SandboxProgram = 'demo' | 'sandbox' | 'try';

/** The entry point supplies these programs, because they depend on every module. Each sets the exit code itself. */
export interface ForegroundPrograms {
  serve(flags: {
    readonly config: string | undefined;
    readonly acceptStore: boolean;
    readonly repairStore: boolean;
    readonly isJson: boolean;
  }): Promise<void>;
  /** @param args The program's own options. */
  sandboxProgram(name: SandboxProgram, args: readonly string[]): Promise<void>;
}

const NO_RESULT: Result = { json: null, text: () => '' };

export function foregroundCommands(programs: ForegroundPrograms): readonly Command[] {
  return [serveCommand(programs), demoCommand(programs), sandboxCommand(programs), tryCommand(programs)];
}

function serveCommand(programs: ForegroundPrograms): Command {
  return {
    name: 'serve',
    summary: 'Run the bridge until a signal stops it',
    details:
      'Opens the Beckn endpoints, the OCPP sockets and the listener of the operator. Prints one line when ready; ' +
      'the log goes to stderr. With --json that line is a JSON document. Environment variables BRIDGE__SECTION__KEY override the settings file.',
    options: [
      {
        flags: '--accept-store',
        description: 'go on with a store that was copied, restored or exchanged, and that no other process uses',
      },
      {
        flags: '--repair-store',
        description: 'copy what can be read of a damaged SQLite store into a new one, and list what was lost',
      },
    ],
    examples: [
      { line: 'serve --config config/example.sqlite.json', meaning: 'Run with the settings of the first example.' },
      { line: 'serve', meaning: 'Run with bridge.json of this folder, as init writes it.' },
    ],
    isForeground: true,
    async run({ configFile, options }: Context): Promise<Result> {
      const [acceptStore, repairStore] = [options['acceptStore'] === true, options['repairStore'] === true];
      await programs.serve({ config: configFile, acceptStore, repairStore, isJson: options['json'] === true });
      return NO_RESULT;
    },
  };
}

const OCPP_OPTION: Option = {
  flags: '--ocpp <version>',
  description: 'the OCPP version of the charge points',
  choices: ['1.6', '2.0.1', '2.1'],
};

const DEMO_OPTIONS: readonly Option[] = [
  { flags: '--once', description: 'play one session, check it and exit: 0 only if all checks passed' },
  { flags: '--speed <factor>', description: 'seconds of the session per real second, from 1 to 60 (default 40)' },
  { flags: '--scenario <name>', description: 'what becomes of the order; a wrong name lists them (default limit)' },
  OCPP_OPTION,
];

function demoCommand(programs: ForegroundPrograms): Command {
  return {
    name: 'demo',
    summary: 'Play one charging session from the search to the bill',
    details:
      'A registry, the bridge, a buyer app and three charge points run in one process and talk over real sockets. ' +
      'With --json, every message on the wires is one JSON object on a line of its own.',
    options: DEMO_OPTIONS,
    examples: [{ line: 'demo --once --speed 60', meaning: 'Play one session as fast as possible and check it.' }],
    isForeground: true,
    async run({ options }: Context): Promise<Result> {
      await programs.sandboxProgram('demo', wordsOf(DEMO_OPTIONS, options));
      return NO_RESULT;
    },
  };
}

const SANDBOX_OPTIONS: readonly Option[] = [
  { flags: '--bap-url <url>', description: 'your bap_uri; callbacks go to URL/on_search and so on', isRequired: true },
  { flags: '--subscriber-id <id>', description: 'your bap_id', isRequired: true },
  { flags: '--public-key <key>', description: 'your Ed25519 public key, base64', isRequired: true },
  { flags: '--key-id <id>', description: 'your unique_key_id (default k1)' },
  { flags: '--fault <names>', description: 'what chargers do wrong, with commas; a wrong name lists them' },
  OCPP_OPTION,
  { flags: '--host <address>', description: 'where to listen (default 127.0.0.1)' },
  { flags: '--port <port>', description: 'port for the requests of your app (default 7600)' },
  { flags: '--registry-port <port>', description: 'port of the registry (default: the next one)' },
  { flags: '--public-url <url>', description: 'the bpp_uri, if your app cannot reach that host and port' },
];

function sandboxCommand(programs: ForegroundPrograms): Command {
  return {
    name: 'sandbox',
    summary: 'Hold a provider with three charge points open for your own buyer app',
    details: 'It shows every message until Ctrl-C, and keeps nothing.',
    options: SANDBOX_OPTIONS,
    examples: [
      {
        line: 'sandbox --bap-url http://127.0.0.1:9100/bap --subscriber-id shop.example --public-key PUBLIC_KEY',
        meaning: 'Let your app find, order, pay and charge.',
      },
    ],
    isForeground: true,
    async run({ options }: Context): Promise<Result> {
      await programs.sandboxProgram('sandbox', wordsOf(SANDBOX_OPTIONS, options));
      return NO_RESULT;
    },
  };
}

const TRY_OPTIONS: readonly Option[] = [
  { flags: '--simulate', description: 'simulate the charge point although the real one is connected' },
];

function tryCommand(programs: ForegroundPrograms): Command {
  return {
    name: 'try',
    summary: 'Play a whole order at a connector of the running bridge',
    details:
      'A buyer app of its own finds, pays, charges and gets the bill. It speaks uei:charging 1.0.0; other dialects are ' +
      'tried with sandbox. Where no charge point is connected, a simulated one plays it. Nothing of it is sold, listed ' +
      'to buyers or settled. The exit code is 1 if a check fails.',
    arguments: [{ name: 'connector', description: 'an item id, or the charge point and the number: CP-01/1' }],
    options: TRY_OPTIONS,
    examples: [{ line: 'try CP-03/1', meaning: 'Try the first connector of CP-03.' }],
    needsBridge: true,
    isForeground: true,
    async run({ arguments: { connector }, options, bridge }: Context): Promise<Result> {
      const { url, token } = bridge();
      await programs.sandboxProgram('try', [
        String(connector),
        '--url',
        url,
        ...(token === undefined ? [] : ['--token', token]),
        ...wordsOf(TRY_OPTIONS, options),
      ]);
      return NO_RESULT;
    },
  };
}

/** Turns parsed options back into command-line arguments. */
function wordsOf(known: readonly Option[], options: Call['options']): readonly string[] {
  const words = known.flatMap(({ flags }) => {
    const [name = ''] = flags.split(' ');
    const value = options[name.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value === true) return [name];
    const text = textOf(value);
    return text === undefined ? [] : [name, text];
  });
  return [...words, ...['json', 'debug'].filter((name) => options[name] === true).map((name) => `--${name}`)];
}
