/**
 * Runs the bridge until a signal stops it. Prints one line on stdout when ready. Logs go to stderr. Problems go there
 * too, unless `isJson` sends them to stdout.
 */
import { createApp } from './app/app.js';
import { armCrashFromEnvironment } from './app/crash-injection.js';
import { loadConfig } from './config/loading/load-config.js';
import { loadNetwork } from './config/network-file/load-network.js';
import { keepProcessAlive } from './observe/system-clock.js';
import { removeAddressFile, writeAddressFile, type ListeningAddresses } from './operator/address-file.js';

export interface ServeFlags {
  /** The settings file. */
  readonly config?: string | undefined;
  /** Whether to go on with a store that was last used elsewhere. */
  readonly acceptStore: boolean;
  /** Whether to copy what can be read of a damaged store into a new one. */
  readonly repairStore: boolean;
  /** Whether stdout gets the ready line, or the reason why there is none, as a JSON document. */
  readonly isJson: boolean;
}

/** Resolves when the bridge is ready, or once problems have been printed. These make the process exit with 1. */
export function serve(flags: ServeFlags): Promise<void> {
  ignoreClosedOutput();
  return start(flags).catch((error: unknown) => {
    const message = `could not start: ${error instanceof Error ? error.message : String(error)}`;
    if (flags.isJson) printFailure('not-started', message);
    else process.stderr.write(`${message}\n`);
    process.exit(1);
  });
}

/** Keeps the bridge running even if the reader of stdout or stderr exits. */
function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function printFailure(code: string, message: string, problems?: readonly string[]): void {
  process.stdout.write(`${JSON.stringify({ code, error: code, message, ...(problems && { problems }) })}\n`);
}

async function start(flags: ServeFlags): Promise<void> {
  const loaded = loadConfig(flags.config, process.env);
  if ('problems' in loaded) return reportProblems('settings-wrong', loaded.problems, flags);
  const { networkFile } = loaded.config;
  const network = networkFile === undefined ? undefined : loadNetwork(networkFile);
  if (network && 'problems' in network) return reportProblems('network-file-wrong', network.problems, flags);
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
    loadConfig: () => loadConfig(flags.config, process.env),
    acceptStore: flags.acceptStore,
    repairStore: flags.repairStore,
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
  const { dataDir } = loaded.config;
  announce(dataDir, addresses);
  stopOnSignals(async () => {
    try {
      await app.stop();
    } finally {
      // The file stays until now, so that commands find the bridge and `doctor` reports its shutdown.
      removeAddressFile(dataDir, process.pid);
    }
  });
  // Printed last, because whoever reads this line may send a signal at once.
  process.stdout.write(`${flags.isJson ? JSON.stringify(addresses) : readyLine(addresses)}\n`);
}

/** Runs `stop` on the first SIGTERM or SIGINT, and then ends the process. Later signals are ignored. */
function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false;
  const handle = (): void => {
    if (isStopping) return;
    isStopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the shutdown failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

function readyLine({ beckn, ocpp, ocppTls, operator }: ListeningAddresses): string {
  const tls = ocppTls === undefined ? '' : ` ocpp-tls=${ocppTls}`;
  return `ready beckn=${beckn} ocpp=${ocpp} operator=${operator}${tls}`;
}

/** Writes the file in which the command line finds this process. Without it, the user has to give the address. */
function announce(dataDir: string, addresses: ListeningAddresses): void {
  try {
    writeAddressFile(dataDir, addresses, process.pid);
  } catch (error) {
    process.stderr.write(`the file with the addresses could not be written: ${String(error)}\n`);
  }
}

function reportProblems(code: string, problems: readonly string[], { isJson }: Pick<ServeFlags, 'isJson'>): void {
  if (isJson) printFailure(code, problems.join('\n'), problems);
  else for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
