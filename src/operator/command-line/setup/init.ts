/** `init`: asks a few questions, or takes flags, and creates a new installation. */
import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { loadConfig } from '../../../config/loading/load-config.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { CommandFailure, usageFailure } from '../frame/failure.js';
import { PROGRAM } from '../frame/parse.js';
import { formatFields } from '../frame/style.js';
import {
  collects,
  initialSettings,
  NETWORK_PRESETS,
  PAYMENTS,
  REGISTRY_FILE,
  usesRegistryFile,
  type InitAnswers,
} from './init-settings.js';
import { describeKeyFile } from './key-files.js';
import { formatJson, refuseExisting, writeNewFile } from './write-file.js';

const CONFIG_FILE = 'bridge.json';
const MODES = ['sandbox', 'production'] as const;
const NETWORKS = Object.keys(NETWORK_PRESETS) as (keyof typeof NETWORK_PRESETS)[];

export const INIT: Command = {
  name: 'init',
  summary: 'Make the settings, keys and token of a new installation',
  details: 'It asks for what no option says. Where nobody can be asked, the defaults in brackets count.',
  arguments: [
    { name: 'folder', description: 'where to write; default: this folder', isOptional: true, completes: 'files' },
  ],
  options: [
    { flags: '--mode <mode>', description: 'sandbox allows plain http [sandbox]', choices: MODES },
    { flags: '--id <subscriber-id>', description: 'our subscriber id in the registry [bpp.example.org]' },
    { flags: '--uri <url>', description: 'our public Beckn address [http://127.0.0.1:8080/beckn]' },
    { flags: '--network <network>', description: 'the network [own]', choices: NETWORKS },
    { flags: '--registry <url>', description: 'its registry; without one, a file of records' },
    { flags: '--payment <model>', description: 'how orders are paid [bap-prepaid]', choices: PAYMENTS },
    { flags: '--payment-url <url>', description: 'the payment provider, if we collect' },
    { flags: '--beckn-port <port>', description: 'where buyer apps connect', default: '8080' },
    { flags: '--ocpp-port <port>', description: 'where chargers connect', default: '9000' },
    { flags: '--operator-port <port>', description: 'where this command line connects', default: '8090' },
  ],
  examples: [
    { line: 'init', meaning: 'Ask, and write bridge.json here.' },
    { line: 'init first --id bpp.first.example --network own', meaning: 'Make a sandbox in the folder first.' },
    {
      line: 'init live --mode production --id bpp.acme.in --uri https://bpp.acme.in/beckn --network ubc',
      meaning: 'Make the settings for the UBC network.',
    },
  ],
  async run(context: Context): Promise<Result> {
    const folder = resolve(textOf(context.arguments['folder']) ?? '.');
    const configFile = join(folder, CONFIG_FILE);
    refuseExisting(configFile);
    const answers = await readAnswers(context);
    writeInstallation(folder, configFile, { answers, env: context.env });
    return initResult(folder, configFile, answers);
  },
};

/**
 * Takes each answer from its option, from the person or from its default. Nobody is asked for ports. Each choice and
 * our address are checked before the next question is asked.
 */
async function readAnswers({ options, ask }: Context): Promise<InitAnswers> {
  const answer = async (option: string, question: string, fallback: string): Promise<string> =>
    textOf(options[option]) ?? (ask ? await ask(question, fallback) : fallback);
  const mode = oneOf('--mode', MODES, await answer('mode', 'Mode: sandbox or production?', 'sandbox'));
  const network = oneOf('--network', NETWORKS, await answer('network', 'Network: uei, ubc or own?', 'own'));
  const subscriberId = await answer('id', 'Our subscriber id?', 'bpp.example.org');
  const ports = {
    beckn: portOf(options, 'becknPort'),
    ocpp: portOf(options, 'ocppPort'),
    operator: portOf(options, 'operatorPort'),
  };
  const uri = await answer('uri', 'Our public Beckn address?', `http://127.0.0.1:${ports.beckn}/beckn`);
  if (!/^https?:$/.test(URL.canParse(uri) ? new URL(uri).protocol : ''))
    throw usageFailure(`--uri: "${uri}" is no http address.`, 'Such as https://bpp.example.org/beckn.');
  if (/^\/*$/.test(new URL(uri).pathname))
    throw usageFailure(
      `--uri: "${uri}" has no path, below which buyer apps find us.`,
      `Such as ${new URL('/beckn', uri).href}.`,
    );
  const registry = (await answer('registry', 'Base URL of the registry? (empty: none yet)', '')) || undefined;
  if (mode === 'production' && network === 'uei' && registry === undefined)
    throw usageFailure('--registry is missing: the base URL of the registry of the network.');
  const payment = oneOf('--payment', PAYMENTS, await answer('payment', 'Payment model?', 'bap-prepaid'));
  const collecting = collects(payment) ? await answer('paymentUrl', 'Address of the payment provider?', '') : undefined;
  if (collecting === '') throw usageFailure(`--payment ${payment} needs --payment-url, where the payment provider is.`);
  return { mode, network, subscriberId, uri, registry, payment, paymentUrl: collecting, ports };
}

function oneOf<Value extends string>(option: string, values: readonly Value[], given: string): Value {
  const value = values.find((one) => one === given);
  if (value !== undefined) return value;
  throw usageFailure(`${option}: "${given}" is not one of ${values.join(', ')}.`);
}

function portOf(options: Context['options'], name: 'becknPort' | 'ocppPort' | 'operatorPort'): number {
  const port = Number(textOf(options[name]));
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usageFailure(`--${name.replace('Port', '-port')}: "${String(options[name])}" is no port.`);
}

/** Writes the files and generates the keys and the token. Removes the settings file again if it cannot be used. */
function writeInstallation(
  folder: string,
  configFile: string,
  { answers, env }: { readonly answers: InitAnswers; readonly env: NodeJS.ProcessEnv },
): void {
  const settings = initialSettings(answers);
  const registryFile = join(folder, REGISTRY_FILE);
  if (usesRegistryFile(answers)) refuseExisting(registryFile);
  writeNewFile(configFile, formatJson(settings));
  // The secrets of a payment provider are not set yet; the keys can be generated without them.
  const unset = 'a secret that is not set yet';
  const withSecrets = { PAYMENTS_KEY: unset, PAYMENTS_WEBHOOK_SECRET: unset, ...env };
  const loaded = loadConfig(configFile, withSecrets);
  if ('problems' in loaded) {
    rmSync(configFile);
    throw new CommandFailure('usage', { error: 'settings-wrong', message: loaded.problems.join('\n') });
  }
  if (usesRegistryFile(answers)) writeNewFile(registryFile, '[]\n');
}

/** Quotes a path for a shell if it has to be. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

async function initResult(folder: string, configFile: string, answers: InitAnswers): Promise<Result> {
  const { publicKey } = await describeKeyFile(join(folder, 'data', 'signing.key'), 'signing');
  const here = relative(process.cwd(), configFile);
  const config = here === CONFIG_FILE ? '' : ` --config ${quoted(here)}`;
  const next = [
    `${PROGRAM} serve${config}`,
    `${PROGRAM} import --template wide${config} > network.csv`,
    `${PROGRAM} doctor${config}`,
  ];
  const { subscriberId, mode, payment } = answers;
  return {
    json: { config: configFile, mode, subscriberId, keyId: 'key-1', publicKey, next },
    text: (style) =>
      [
        style.colour('green', `${here} is written, and can be used.`),
        formatFields([
          ['subscriber', subscriberId],
          ['key id', 'key-1'],
          ['public key', publicKey],
          ['operator token', join(relative(process.cwd(), folder), 'data', 'operator-token')],
        ]),
        ...(collects(payment) ? ['Set PAYMENTS_KEY and PAYMENTS_WEBHOOK_SECRET before the start.'] : []),
        '',
        'Next:',
        ...next.map((line) => `  ${line}`),
      ].join('\n'),
  };
}
