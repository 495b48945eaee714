/** `passwords`: sets the passwords of many charge points and shows each password once. */
import { chargerHost } from './charger-host.js';
import { asList, asObject, type BridgeClient } from '../frame/bridge-client.js';
import { cellText } from '../frame/amounts.js';
import { listOf, textOf, type Command, type Context, type Result } from '../frame/command.js';
import { formatCsv } from '../frame/csv.js';
import type { Exit } from '../frame/exit-codes.js';
import { CommandFailure, usageFailure } from '../frame/failure.js';
import { formatRecords } from '../frame/style.js';

interface SetPassword {
  readonly id: string;
  readonly url: string;
  readonly password: string;
  /** The API's `result`, which says which passwords are valid now. */
  readonly result: string;
}

interface Fault {
  readonly id: string;
  readonly message: string;
}

interface Outcome {
  readonly passwords: readonly SetPassword[];
  readonly faults: readonly Fault[];
  /** Why not all charge points have a new password; absent if they have. */
  readonly exit?: Exit;
}

export const PASSWORDS: Command = {
  name: 'passwords',
  summary: 'Set passwords of charge points and show id, URL and password once',
  details:
    'By default those get one that have none. A charge point that has a password keeps it until it uses the new one. ' +
    'Set the passwords at the charge points; nothing is sent to them.',
  arguments: [
    {
      name: 'id',
      description: 'only these charge points',
      isOptional: true,
      isList: true,
      completes: 'charge-points',
    },
  ],
  options: [
    { flags: '--csv', description: 'print CSV with the columns id, url, password, result' },
    { flags: '--all', description: 'give all charge points a new one' },
    { flags: '--ocpp-url <url>', description: 'the address that chargers connect to, without their id' },
  ],
  examples: [
    { line: 'passwords --csv', meaning: 'Give those a password that have none; print a file for the installers.' },
    { line: 'passwords CP-01 CP-02', meaning: 'Give two charge points a new one.' },
    { line: 'passwords --all --csv --ocpp-url wss://ocpp.example.org/ocpp', meaning: 'Give all of them a new one.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const { arguments: words, options } = context;
    const named = listOf(words['id']);
    if (named.length > 0 && options['all'] === true) throw usageFailure('Name charge points, or --all; not both.');
    const bridge = context.bridge();
    const base = textOf(options['ocppUrl']) ?? (await chargerUrl(bridge));
    const ids = named.length > 0 ? named : await idsFor(bridge, options['all'] === true);
    const outcome = await setPasswords(context, bridge, { ids, base });
    const nobody =
      options['all'] === true
        ? 'There are no charge points.'
        : 'Every charge point has a password; --all gives each a new one.';
    return report(outcome, { isCsv: options['csv'] === true, total: ids.length, nobody });
  },
};

async function idsFor(bridge: BridgeClient, all: boolean): Promise<readonly string[]> {
  const points = asList((await bridge.get('/api/charge-points'))['chargePoints']);
  return points.filter((point) => all || point['hasPassword'] !== true).map(({ id }) => cellText(id));
}

/**
 * Sets the passwords one after another, and goes on after a charge point that fails. If it is interrupted, or the
 * bridge cannot be reached or denies access, it returns those already set, because each is shown only once.
 * @errors CommandFailure if there is only one charge point, and it fails.
 */
async function setPasswords(
  { progress, endInOrder }: Pick<Context, 'progress' | 'endInOrder'>,
  bridge: BridgeClient,
  { ids, base }: { readonly ids: readonly string[]; readonly base: string },
): Promise<Outcome> {
  const passwords: SetPassword[] = [];
  const faults: Fault[] = [];
  const interruption = endInOrder();
  for (const [at, id] of ids.entries()) {
    if (interruption.aborted) return { passwords, faults, exit: 'interrupted' };
    progress(`passwords: ${at} of ${ids.length} are set`);
    const name = encodeURIComponent(id);
    try {
      const change = await bridge.post(`/api/charge-points/${name}/password`, { byHand: true });
      const [password, result] = [cellText(change['password']), cellText(change['result'])];
      passwords.push({ id, url: `${base.replace(/\/+$/, '')}/${name}`, password, result });
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      if (passwords.length === 0 && ids.length === 1) throw error;
      faults.push({ id, message: error.report.message });
      if (error.exit === 'unreachable' || error.exit === 'denied') return { passwords, faults, exit: error.exit };
    }
  }
  return { passwords, faults, ...(faults.length > 0 && { exit: 'found' }) };
}

/** @param nobody Says why no charge point is to get a password. */
function report(
  { passwords, faults, exit }: Outcome,
  { isCsv, total, nobody }: { readonly isCsv: boolean; readonly total: number; readonly nobody: string },
): Result {
  const rows = passwords.map(({ id, url, password, result }) => [id, url, password, result]);
  const problems = faults.map(({ id, message }) => `${id}: ${message}`);
  const interrupted = `interrupted: ${passwords.length} of ${total} passwords are set; the others stay as they were`;
  return {
    json: { passwords, faults },
    text: (style) => {
      if (isCsv) return formatCsv(['id', 'url', 'password', 'result'], rows);
      if (rows.length === 0) return total === 0 ? nobody : 'No password was set.';
      return formatRecords(style, ['Charge point', 'URL', 'Password, shown once', 'Now'], rows);
    },
    remarks: [
      ...problems,
      ...(exit === 'interrupted' ? [interrupted] : []),
      // A file with headings alone would say nothing.
      ...(isCsv && total === 0 ? [nobody] : []),
    ],
    ...(exit && { exit }),
  };
}

/**
 * Returns the URL that chargers connect to, without the identity at its end. If the listener binds all addresses, the
 * host is that of our Beckn address.
 * @errors CommandFailure if the settings do not show the URL, because the system picks the port or chargers connect to
 *         a proxy.
 */
async function chargerUrl(bridge: BridgeClient): Promise<string> {
  const config = await bridge.get('/api/config');
  const { host, port, basePath, tls, proxy } = asObject(asObject(config['listen'])['ocpp']);
  const { uri } = asObject(config['subscriber']);
  const name = chargerHost(cellText(host), cellText(uri));
  if (proxy !== undefined) throw usageFailure('The settings do not say the address of the proxy.', 'Give --ocpp-url.');
  const open = asObject(tls)['port'] ?? port;
  if (open === 0) throw usageFailure('The settings do not say the port of the chargers.', 'Give --ocpp-url.');
  const shown = name.includes(':') ? `[${name}]` : name;
  return `${tls === undefined ? 'ws' : 'wss'}://${shown}:${cellText(open)}${cellText(basePath)}`;
}
