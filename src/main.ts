#!/usr/bin/env node
/** The process: settings, then the app, then a signal. One line on stdout when ready; everything else goes to stderr. */
import { parseArgs } from 'node:util';
import { createApp } from './app/app.js';
import { armChaosFromEnvironment } from './app/crash-injection.js';
import { loadConfig } from './config/loading/load-config.js';
import { loadNetwork } from './config/network-file/load-network.js';
import { holdProcess } from './observe/system-clock.js';

const USAGE = 'usage: npm start -- --config FILE';

async function main(): Promise<void> {
  const file = configFile();
  const loaded = loadConfig(file, process.env);
  if ('problems' in loaded) return refuse(loaded.problems);
  const sold = loadNetwork(loaded.config.networkFile);
  if ('problems' in sold) return refuse(sold.problems);
  armChaosFromEnvironment(process.env);
  holdProcess();
  // What nobody waited for must not end the work of everybody else; it is our bug, and told as one.
  process.on('unhandledRejection', (reason) =>
    process.stderr.write(`${JSON.stringify({ level: 'error', event: 'bug', problem: String(reason) })}\n`),
  );

  const app = await createApp(loaded.config, loaded.secrets, sold.network);
  const addresses = await app.start();
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
  // Last: who reads this line may send a signal at once.
  const tls = addresses.ocppTls === undefined ? '' : ` ocpp-tls=${addresses.ocppTls}`;
  process.stdout.write(`ready beckn=${addresses.beckn} ocpp=${addresses.ocpp} operator=${addresses.operator}${tls}\n`);
}

function configFile(): string | undefined {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    return values.config;
  } catch (error) {
    refuse([String(error instanceof Error ? error.message : error), USAGE]);
    process.exit(1);
  }
}

function refuse(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
