#!/usr/bin/env node
/** Runs the bridge until a signal stops it. Prints one line on stdout when ready; logs and problems go to stderr. */
import { parseArgs } from 'node:util';
import { createApp } from './app/app.js';
import { armCrashFromEnvironment } from './app/crash-injection.js';
import { loadConfig } from './config/loading/load-config.js';
import { loadNetwork } from './config/network-file/load-network.js';
import { programVersion } from './config/program-version.js';
import { keepProcessAlive } from './observe/system-clock.js';

const USAGE = `Usage: npm start -- [--config FILE] [--accept-store] [--repair-store]

Runs the bridge: Beckn endpoints, OCPP sockets and the operator's listener.

  --config FILE  settings on top of the defaults (docs/configuration.md); environment
                 variables BRIDGE__SECTION__KEY override the file
  --accept-store goes on with a store that was copied, restored or exchanged; make sure that
                 no other process uses the original (docs/stores-and-backup.md)
  --repair-store copies what can be read of a damaged SQLite store into a new one, keeps the damaged
                 files, and lists what was lost or is doubtful as discrepancies
  --version      prints the version
  --help         prints this text`;

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) return void process.stdout.write(`${USAGE}\n`);
  if (flags.version) return void process.stdout.write(`${programVersion()}\n`);
  const loaded = loadConfig(flags.config, process.env);
  if ('problems' in loaded) return reportProblems(loaded.problems);
  const { networkFile } = loaded.config;
  const network = networkFile === undefined ? undefined : loadNetwork(networkFile);
  if (network && 'problems' in network) return reportProblems(network.problems);
  // A hang-up asks for a reload, and never ends the process; one that comes before the start is over is not lost.
  let isReloadDue = false;
  let reload = (): void => void (isReloadDue = true);
  process.on('SIGHUP', () => reload());
  armCrashFromEnvironment(process.env);
  keepProcessAlive();
  // An unhandled rejection is a bug of ours; it is reported, but must not stop the bridge for everyone.
  process.on('unhandledRejection', (reason) =>
    process.stderr.write(`${JSON.stringify({ level: 'error', event: 'bug', problem: String(reason) })}\n`),
  );

  const app = await createApp(loaded.config, loaded.secrets, network, {
    acceptStore: flags['accept-store'] === true,
    loadConfig: () => loadConfig(flags.config, process.env),
    repairStore: flags['repair-store'] === true,
    // A clean stop would send and write more; the successor has the orders.
    onStoreLost: (reason) => {
      process.stderr.write(`${reason}\n`);
      process.exit(1);
    },
  });
  const addresses = await app.start();
  reload = () =>
    void app.reload('SIGHUP').then(
      (result) => {
        if ('problems' in result)
          for (const problem of result.problems) process.stderr.write(`not reloaded: ${problem}\n`);
      },
      (error: unknown) => process.stderr.write(`not reloaded: ${String(error)}\n`),
    );
  if (isReloadDue) reload();
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Printed last, because whoever reads this line may send a signal at once.
  const tls = addresses.ocppTls === undefined ? '' : ` ocpp-tls=${addresses.ocppTls}`;
  process.stdout.write(`ready beckn=${addresses.beckn} ocpp=${addresses.ocpp} operator=${addresses.operator}${tls}\n`);
}

interface Flags {
  readonly config?: string | undefined;
  readonly 'accept-store'?: boolean | undefined;
  readonly 'repair-store'?: boolean | undefined;
  readonly help?: boolean | undefined;
  readonly version?: boolean | undefined;
}

function readFlags(): Flags {
  try {
    return parseArgs({
      options: {
        config: { type: 'string' },
        'accept-store': { type: 'boolean' },
        'repair-store': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    reportProblems([String(error instanceof Error ? error.message : error), USAGE]);
    process.exit(1);
  }
}

function reportProblems(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
