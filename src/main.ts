#!/usr/bin/env node
/**
 * The program. Without arguments, or with options only, it runs the bridge, unless `--help` or `--version` is among
 * them. Otherwise the first argument is a command. Only the modules that are needed are loaded, so the bridge starts
 * without those of the command line.
 */
import { parseArgs } from 'node:util';

const USAGE = `Usage: npm start -- [--config FILE] [--accept-store] [--repair-store] [--json]

Runs the bridge: Beckn endpoints, OCPP sockets and the operator's listener.

  --config FILE  settings on top of the defaults (docs/configuration.md); environment
                 variables BRIDGE__SECTION__KEY override the file
  --accept-store goes on with a store that was copied, restored or exchanged; make sure that
                 no other process uses the original (docs/stores-and-backup.md)
  --repair-store copies what can be read of a damaged SQLite store into a new one, keeps the damaged
                 files, and lists what was lost or is doubtful as discrepancies
  --json         prints the ready line, or what is wrong, as one JSON document on stdout
  --version      prints the version
  --help         lists the commands (docs/command-line.md)`;

/** Paths of the sandbox's programs, relative to the bundle of this program. The bundle does not contain them. */
const SANDBOX_PROGRAMS = {
  demo: '../sandbox/demo/demo.js',
  sandbox: '../sandbox/hosted/sandbox.js',
  try: '../sandbox/trial/try.js',
};

/** An exit status of `docs/command-line.md`, repeated here because the command line's own table is not loaded. */
const EXIT_WRONG_USAGE = 2;

interface Flags {
  readonly config?: string | undefined;
  readonly 'accept-store'?: boolean | undefined;
  readonly 'repair-store'?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly help?: boolean | undefined;
  readonly version?: boolean | undefined;
}

async function main(args: readonly string[]): Promise<void> {
  const isCommand = args[0] !== undefined && !args[0].startsWith('-');
  const flags = isCommand ? undefined : readFlags();
  if (flags && !flags.help && !flags.version) {
    const { serve } = await import('./serve.js');
    return serve({
      config: flags.config,
      acceptStore: flags['accept-store'] === true,
      repairStore: flags['repair-store'] === true,
      isJson: flags.json === true,
    });
  }
  const [{ runCommandLine }, { systemClock }, { systemRandom }] = await Promise.all([
    import('./operator/command-line/program.js'),
    import('./observe/system-clock.js'),
    import('./observe/system-random.js'),
  ]);
  await runCommandLine(args, {
    clock: systemClock,
    random: systemRandom,
    foreground: {
      serve: async (wanted) => (await import('./serve.js')).serve(wanted),
      sandboxProgram: async (name, words) => {
        process.argv.splice(1, Infinity, 'beckn-ocpp-bridge', ...words);
        await import(new URL(SANDBOX_PROGRAMS[name], import.meta.url).href);
      },
    },
  });
}

function readFlags(): Flags {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        'accept-store': { type: 'boolean' },
        'repair-store': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${String(error instanceof Error ? error.message : error)}\n${USAGE}\n`);
    process.exit(EXIT_WRONG_USAGE);
  }
}

void main(process.argv.slice(2));
