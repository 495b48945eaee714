/** The command line of `bap-check`. */
import { parseArgs } from 'node:util';
import { PROFILES, type ProviderProfile, type ProfileName } from './provider/provider-profiles.js';

export const USAGE = `usage: bap-check --url URL --public-key KEY --subscriber-id ID [options]
  Plays a provider (BPP) for uei:charging 1.0.0 and tells what a buyer app (BAP) gets wrong.

  --url URL             the app's bap_uri: callbacks go to URL/on_search and so on
  --public-key KEY      its Ed25519 public key: base64 of 32 raw bytes, or of their DER form
  --subscriber-id ID    its bap_id
  --key-id ID           its unique_key_id; without it any will do that stays the same
  --trigger-url URL     a POST to it makes the app begin; without it a person is told what to do.
                        With {action} in it, it is the app's client interface, and is sent every request
                        in turn: http://localhost:9000/client/{action}
  --profile NAME        strict, protocol-server, onix or all (all)
  --timeout SECONDS     how long to wait for a request that must come (60; 300 for a person)
  --linger SECONDS      how long to wait for one that may come (3; 30 for a person)
  --host ADDRESS        where to listen (127.0.0.1)
  --port N              the provider's port (7600); the registry has the next
  --registry-port N     the registry's port
  --public-url URL      how the app reaches the provider, when not by host and port
  --json                one JSON object a line on stdout; the text for people goes to stderr

  exit code: 0 the app conforms; 1 it does not, or not everything was seen; 2 it could not run`;

export interface Flags {
  readonly url: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly subscriberId: string;
  readonly keyId?: string;
  readonly triggerUrl?: string;
  readonly profiles: readonly ProviderProfile[];
  readonly timeoutMs: number;
  readonly lingerMs: number;
  readonly host: string;
  readonly port: number;
  readonly registryPort: number;
  readonly publicUrl?: string;
  readonly json: boolean;
}

const RAW_KEY_BYTES = 32;
/** SubjectPublicKeyInfo of an Ed25519 key: a fixed head before the 32 bytes. @source RFC 8410 §4. */
const SPKI_PREFIX = '302a300506032b6570032100';

function readKey(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) return undefined;
  if (bytes.length === RAW_KEY_BYTES) return bytes;
  const head = Buffer.from(SPKI_PREFIX, 'hex');
  return bytes.length === head.length + RAW_KEY_BYTES && bytes.subarray(0, head.length).equals(head)
    ? bytes.subarray(head.length)
    : undefined;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

const isName = (text: string): text is ProfileName => Object.hasOwn(PROFILES, text);

/** A wrong command line: a sentence. */
class FlagError extends Error {}

function numberFlag(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new FlagError(`--${name} ${text} is not a number from ${least} to ${most}`);
  }
  return value;
}

function portFlag(name: string, text: string): number {
  const value = numberFlag(name, text, [0, 65_535]);
  if (!Number.isInteger(value)) throw new FlagError(`--${name} ${text} is not a whole number`);
  return value;
}

/** @returns A sentence and the usage when the command line is wrong, the usage alone when it was asked for. */
export function readFlags(args: readonly string[]): Flags | string {
  try {
    return parseFlags(args);
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}

function parseFlags(args: readonly string[]): Flags | string {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: text,
      'public-key': text,
      'subscriber-id': text,
      'key-id': text,
      'trigger-url': text,
      profile: { ...text, default: 'all' },
      timeout: text,
      linger: text,
      host: { ...text, default: '127.0.0.1' },
      port: { ...text, default: '7600' },
      'registry-port': text,
      'public-url': text,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return USAGE;
  const { url, profile, json, host } = values;
  const subscriberId = values['subscriber-id'];
  const triggerUrl = values['trigger-url'];
  const publicUrl = values['public-url'];
  const keyId = values['key-id'];
  if (url === undefined) throw new FlagError('--url is missing');
  if (values['public-key'] === undefined) throw new FlagError('--public-key is missing');
  if (!subscriberId) throw new FlagError('--subscriber-id is missing');
  for (const [name, value] of Object.entries({ url, 'trigger-url': triggerUrl, 'public-url': publicUrl })) {
    if (value !== undefined && !isHttp(value)) throw new FlagError(`--${name} ${value} is no http or https URL`);
  }
  const publicKey = readKey(values['public-key']);
  if (!publicKey) throw new FlagError('--public-key is not the base64 of an Ed25519 public key');
  if (profile !== 'all' && !isName(profile)) {
    throw new FlagError(`--profile ${profile} is none of ${Object.keys(PROFILES).join(', ')} and all`);
  }
  const seconds = (name: 'timeout' | 'linger', usual: number): number =>
    numberFlag(name, values[name] ?? String(usual), [0.1, 86_400]) * 1_000;
  const byHand = triggerUrl === undefined;
  const listenPort = portFlag('port', values.port);
  const next = listenPort === 0 || listenPort === 65_535 ? 0 : listenPort + 1;
  return {
    url,
    publicKey,
    subscriberId,
    ...(keyId === undefined ? {} : { keyId }),
    ...(triggerUrl === undefined ? {} : { triggerUrl }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    profiles: profile === 'all' ? Object.values(PROFILES) : [PROFILES[profile]],
    timeoutMs: seconds('timeout', byHand ? 300 : 60),
    lingerMs: seconds('linger', byHand ? 30 : 3),
    host,
    port: listenPort,
    registryPort: portFlag('registry-port', values['registry-port'] ?? String(next)),
    json,
  };
}
