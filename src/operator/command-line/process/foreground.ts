/** The commands that run in the foreground until they are stopped. */
import { textOf, type Command, type Context, type Option, type Result } from '../frame/command.js';

/** Passed in by the program's entry, because they need the whole product. Each sets the exit code itself. */
export interface ForegroundPrograms {
  /** @param flags As on the command line. */
  serve(flags: { readonly config: string | undefined; readonly acceptStore: boolean }): Promise<void>;
  /** @param args The demo's own options. */
  demo(args: readonly string[]): Promise<void>;
}

const NO_RESULT: Result = { json: null, text: () => '' };

export function foregroundCommands(programs: ForegroundPrograms): readonly Command[] {
  return [serveCommand(programs), demoCommand(programs)];
}

function serveCommand(programs: ForegroundPrograms): Command {
  return {
    name: 'serve',
    summary: 'Run the bridge until a signal stops it',
    details:
      'Opens the Beckn endpoints, the OCPP sockets and the listener of the operator. Prints one line when ready; ' +
      'the log goes to stderr. Environment variables BRIDGE__SECTION__KEY override the settings file.',
    options: [
      {
        flags: '--accept-store',
        description: 'go on with a store that was copied, restored or exchanged, and that no other process uses',
      },
    ],
    examples: [
      { line: 'serve --config config/example.sqlite.json', meaning: 'Run with the settings of the first example.' },
      { line: 'serve', meaning: 'Run with bridge.json of this folder, as init writes it.' },
    ],
    isForeground: true,
    async run({ configFile, options }: Context): Promise<Result> {
      await programs.serve({ config: configFile, acceptStore: options['acceptStore'] === true });
      return NO_RESULT;
    },
  };
}

const DEMO_OPTIONS: readonly Option[] = [
  { flags: '--once', description: 'play one session, check it and exit: 0 only if all checks passed' },
  { flags: '--speed <factor>', description: 'seconds of the session per real second, from 1 to 60 (default 40)' },
  {
    flags: '--ocpp <version>',
    description: 'the OCPP version of the charge points',
    choices: ['1.6', '2.0.1', '2.1'],
  },
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
      const [speed, ocpp] = [textOf(options['speed']), textOf(options['ocpp'])];
      await programs.demo([
        ...(options['once'] === true ? ['--once'] : []),
        ...(options['json'] === true ? ['--json'] : []),
        ...(speed === undefined ? [] : ['--speed', speed]),
        ...(ocpp === undefined ? [] : ['--ocpp', ocpp]),
      ]);
      return NO_RESULT;
    },
  };
}
