/** `keys`: generates, shows and rotates our keys. It needs no running bridge. */
import { rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { readLayer, type Layer, isLayer } from '../../../config/layers.js';
import { networksOf, type NetworkSettings } from '../../../config/config.js';
import type { KeyKind } from '../../../config/loading/key-text.js';
import { MAIN_NETWORK } from '../../../ports/networks.js';
import { readAge, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { CommandFailure, usageFailure } from '../frame/failure.js';
import { formatFields, formatRecords } from '../frame/style.js';
import { describeKeyFile, generateKeyFile, type DescribedKey } from './key-files.js';
import { readSettings, refuseUnusable } from './settings.js';
import { formatJson, replaceFile } from './write-file.js';

const GENERATE: Command = {
  name: 'keys generate',
  summary: 'Generate a private key in a file, and print its public half',
  details: 'The settings are not changed; keys rotate does that.',
  arguments: [{ name: 'file', description: 'the new file; an existing one is not overwritten', completes: 'files' }],
  options: [{ flags: '--encryption', description: 'for the challenges of a registry (X25519), not for signing' }],
  examples: [
    { line: 'keys generate signing-2027.key', meaning: 'Generate an Ed25519 key that signs.' },
    { line: 'keys generate encryption.key --encryption --json', meaning: 'Generate an X25519 key for challenges.' },
  ],
  async run({ arguments: { file }, options }: Context): Promise<Result> {
    const kind: KeyKind = options['encryption'] === true ? 'encryption' : 'signing';
    const path = resolve(String(file));
    generateKeyFile(path, kind);
    const described = await describeKeyFile(path, kind);
    return {
      json: { kind, ...described },
      text: () =>
        formatFields([
          ['file', path],
          ['kind', kind],
          ['public key', described.publicKey],
        ]),
    };
  },
};

interface ShownKey extends DescribedKey {
  readonly network: string;
  readonly subscriberId: string;
  readonly kind: KeyKind;
  readonly keyId?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
}

const SHOW: Command = {
  name: 'keys show',
  summary: 'Show the public halves of our keys, as a registry needs them',
  examples: [
    { line: 'keys show', meaning: 'Show the keys of every network.' },
    { line: 'keys show --json', meaning: 'The same, for a program.' },
  ],
  async run(context: Context): Promise<Result> {
    const networks = networksOf(readSettings(context));
    const keys = (await Promise.all(networks.map(describeNetworkKeys))).flat();
    const rows = keys.map((key) => [
      key.network,
      key.keyId ?? '',
      key.kind,
      key.publicKey ?? `none: ${key.problem ?? ''}`,
      validityText(key),
    ]);
    return {
      json: { keys },
      text: (style) => formatRecords(style, ['Network', 'Key id', 'For', 'Public key', 'Valid'], rows),
    };
  },
};

async function describeNetworkKeys({ name, subscriber }: NetworkSettings): Promise<readonly ShownKey[]> {
  const owner = { network: name, subscriberId: subscriber.id };
  const signing = [subscriber, ...subscriber.keys].map(async ({ keyId, keyFile, validFrom, validUntil }) => ({
    ...owner,
    kind: 'signing' as const,
    keyId,
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    ...(await describeKeyFile(keyFile, 'signing')),
  }));
  const encryption = subscriber.encryptionKeyFiles.map(async (file) => ({
    ...owner,
    kind: 'encryption' as const,
    ...(await describeKeyFile(file, 'encryption')),
  }));
  return Promise.all([...signing, ...encryption]);
}

function validityText({ kind, validFrom, validUntil }: ShownKey): string {
  if (kind === 'encryption') return '';
  if (validFrom === undefined && validUntil === undefined) return 'always';
  return [validFrom && `from ${validFrom}`, validUntil && `until ${validUntil}`].filter(Boolean).join(' ');
}

const ROTATE: Command = {
  name: 'keys rotate',
  summary: 'Generate the next signing key, and write it into the settings',
  details:
    'The next key signs from the given time on. The present one stays valid for a while, so that messages which were ' +
    'signed with it are still accepted.',
  arguments: [{ name: 'key-id', description: 'the id of the next key, as the registry will have it' }],
  options: [
    { flags: '--in <period>', description: 'when the next key begins to sign', default: '1d' },
    { flags: '--overlap <period>', description: 'how long the present key stays valid after that', default: '30d' },
    { flags: '--network <name>', description: 'the network', default: MAIN_NETWORK },
  ],
  examples: [
    { line: 'keys rotate key-2 --in 2d --overlap 30d --yes', meaning: 'Prepare the change to the key key-2.' },
  ],
  warning: ({ arguments: words }) => `The settings file is changed: ${String(words['key-id'])} becomes the next key.`,
  run: rotate,
};

async function rotate(context: Context): Promise<Result> {
  // Says what is wrong with the settings before anything is changed.
  readSettings(context);
  const { configFile } = context;
  if (configFile === undefined) throw usageFailure('The settings are not in a file.', 'Name it with --config FILE.');
  const { network, file, next, begins, ends } = replaceWithNextKey(context, configFile);
  const described = await describeKeyFile(file, 'signing');
  return {
    json: { network, ...next, ...described, presentKeyValidUntil: isoTime(ends) },
    text: () =>
      [
        formatFields([
          ['next key', next.keyId],
          ['public key', described.publicKey],
          ['signs from', timeText(begins)],
          ['present key valid until', timeText(ends)],
        ]),
        '',
        'Next:  beckn-ocpp-bridge reload',
        `       beckn-ocpp-bridge subscribe ${network} --key-id ${next.keyId}`,
      ].join('\n'),
  };
}

/**
 * Generates the next key and writes it into the settings. If that fails, no new key file is left, and the settings stay
 * as they were.
 */
function replaceWithNextKey(context: Context, configFile: string): PlannedRotation {
  let generated: string | undefined;
  try {
    return replaceFile(configFile, context.clock.now(), () => {
      const rotation = planRotation(context, configFile);
      generateKeyFile(rotation.file, 'signing');
      generated = rotation.file;
      const { network, next, ends } = rotation;
      const settings = withNextKey(rotation.settings, network, { next, validUntil: isoTime(ends) });
      refuseUnusable(settings, context);
      return { text: formatJson(settings), result: rotation };
    });
  } catch (error) {
    if (generated !== undefined) rmSync(generated);
    throw error;
  }
}

interface PlannedRotation {
  readonly network: string;
  /** The file of the next key. */
  readonly file: string;
  readonly next: Rotation['next'];
  /** When the next key begins to sign, and when the present one ends. @unit Epoch ms. */
  readonly begins: number;
  readonly ends: number;
  /** The settings as they are in the file. */
  readonly settings: Layer;
}

function planRotation(context: Context, configFile: string): PlannedRotation {
  const { arguments: words, options, clock } = context;
  const keyId = String(words['key-id']);
  const name = textOf(options['network']) ?? MAIN_NETWORK;
  const network = networksOf(readSettings(context)).find((one) => one.name === name);
  if (!network) throw new CommandFailure('missing', { error: 'not-found', message: `There is no network "${name}".` });
  const { keyFile: presentFile, keys } = network.subscriber;
  if ([network.subscriber, ...keys].some((key) => key.keyId === keyId))
    throw new CommandFailure('conflict', { error: 'name-taken', message: `The key id "${keyId}" is in use already.` });
  const begins = clock.now() + readAge('--in', textOf(options['in']) ?? '1d');
  const ends = begins + readAge('--overlap', textOf(options['overlap']) ?? '30d');
  const file = join(dirname(presentFile), `signing-${encodeURIComponent(keyId)}.key`);
  const read = readLayer(configFile);
  if ('problem' in read) throw usageFailure(read.problem);
  const next = { keyId, keyFile: relative(dirname(configFile), file), validFrom: isoTime(begins) };
  return { network: name, file, next, begins, ends, settings: read.layer };
}

interface Rotation {
  readonly next: { readonly keyId: string; readonly keyFile: string; readonly validFrom: string };
  readonly validUntil: string;
}

/** Adds the next key to a network's subscriber, and a `validUntil` to each earlier key that has none. */
export function withNextKey(settings: Layer, network: string, rotation: Rotation): Layer {
  if (network === MAIN_NETWORK) return { ...settings, subscriber: subscriberWith(settings['subscriber'], rotation) };
  const networks: unknown = settings['networks'];
  if (!Array.isArray(networks)) return settings;
  return {
    ...settings,
    networks: networks.map((one: unknown) =>
      isLayer(one) && one['name'] === network
        ? { ...one, subscriber: subscriberWith(one['subscriber'], rotation) }
        : one,
    ),
  };
}

function subscriberWith(subscriber: unknown, { next, validUntil }: Rotation): Layer {
  const before = isLayer(subscriber) ? subscriber : {};
  const keys = Array.isArray(before['keys']) ? before['keys'] : [];
  const ended = keys.map((key: unknown) => (isLayer(key) ? { validUntil, ...key } : key));
  return { validUntil, ...before, keys: [...ended, next] };
}

/** Formats a time without milliseconds, as people write it. @unit Epoch ms in; RFC 3339 out. */
function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

export const KEY_COMMANDS: readonly Command[] = [GENERATE, SHOW, ROTATE];
