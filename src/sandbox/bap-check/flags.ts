/** Reads the command line of `bap-check`. */
import { parseArgs } from 'node:util';
import { nearestName } from '../../config/nearest-name.js';
import {
  ArgumentError,
  checkUrls,
  readCommandLine,
  readNumber,
  readPorts,
  readPublicKey,
  required,
  STANDARD_OPTIONS,
  type CommandLine,
} from '../runtime/command-line.js';
import { DIALECT_NAMES, DIALECTS, displayName, isDialectName, type DialectName } from '../dialects/all.js';
import { PROFILES, profilesOf, type ProviderProfile } from './provider/provider-profiles.js';

const DEFAULT_DIALECT = 'uei-charging-1.0.0' satisfies DialectName;

const DIALECT_LIST = DIALECT_NAMES.map((name) => `  ${name.padEnd(20)}${displayName(DIALECTS[name])}`).join('\n');

export const USAGE = `Usage: bap-check --url URL --public-key KEY --subscriber-id ID [options]

Plays a provider (BPP) of EV charging, and reports what a buyer app (BAP) gets
wrong: signature, context, order of requests, amounts, answers to callbacks, and
forged callbacks that it believed. A mistake that hides others is reported once;
what could not be tried because of it is neither passed nor failed.

The buyer app
  --url URL             its bap_uri; callbacks go to URL/on_search and so on
  --public-key KEY      its Ed25519 public key: base64 of the 32 raw bytes, or
                        of their DER form
  --subscriber-id ID    its bap_id
  --key-id ID           its unique_key_id; without it, any id that stays the
                        same is accepted
  --trigger-url URL     the app starts when this URL gets a POST. If the URL
                        contains {action}, it is the app's client API and gets
                        every request in turn. Without it, prompts say what
                        to do in the app

The run
  --dialect NAME        what the app speaks; see below
                        (default ${DEFAULT_DIALECT})
  --profile NAME        strict, protocol-server, onix or all (default all);
                        protocol-server speaks the 1.x dialects only
  --timeout SECONDS     how long to wait for a required request (default 60, or
                        300 for a person)
  --linger SECONDS      how long to wait for an optional request (default 3, or
                        30 for a person)

The provider
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --port N              port of the provider (default 7600)
  --registry-port N     port of the registry (default: the next one)
  --public-url URL      where the app reaches the provider, if not at that host
                        and port

Output
  --json                one JSON object per line on stdout; the text for people
                        goes to stderr
  -h, --help            show this help
  --version             show the version

Dialects
${DIALECT_LIST}
  uei-charging-pulse writes callbacks as the samples of uei:charging do.

Examples
  bap-check --url http://localhost:9000/bap --subscriber-id shop.example \\
      --public-key MCowBQYDK2VwAyEA...
  bap-check --url http://localhost:9000/bap --subscriber-id shop.example \\
      --public-key MCowBQYDK2VwAyEA... --dialect ubc-2.0.0 \\
      --trigger-url 'http://localhost:9000/client/{action}' --json

Exit code: 0 when the app conforms; 1 when it does not, or when not everything
required was seen or tried; 2 when the check could not run.`;

const PROGRAM = { name: 'bap-check', usage: USAGE, helpCommand: 'bap-check --help' };

export interface Flags {
  /** The app's bap_uri. */
  readonly url: string;
  /** The app's raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly subscriberId: string;
  readonly keyId?: string;
  /** Absent if a person operates the app. */
  readonly triggerUrl?: string;
  readonly dialect: DialectName;
  readonly profiles: readonly ProviderProfile[];
  readonly timeoutMs: number;
  readonly lingerMs: number;
  readonly host: string;
  readonly port: number;
  readonly registryPort: number;
  readonly publicUrl?: string;
  readonly json: boolean;
}

const DEFAULT_TIMEOUTS_S = { person: { timeout: 300, linger: 30 }, trigger: { timeout: 60, linger: 3 } } as const;
const MAX_TIMEOUT_S = 86_400;
export function readFlags(args: readonly string[]): CommandLine<Flags> {
  return readCommandLine(PROGRAM, () => parseFlags(args));
}

function parseFlags(args: readonly string[]): Flags | 'help' | 'version' {
  const values = parseValues(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const { json, host } = values;
  const dialect = readDialect(values.dialect);
  const url = required('url', values.url);
  const publicKey = readPublicKey(required('public-key', values['public-key']));
  const subscriberId = required('subscriber-id', values['subscriber-id']);
  const { 'key-id': keyId, 'trigger-url': triggerUrl, 'public-url': publicUrl } = values;
  checkUrls({ url, 'trigger-url': triggerUrl, 'public-url': publicUrl });
  const defaults = DEFAULT_TIMEOUTS_S[triggerUrl === undefined ? 'person' : 'trigger'];
  return {
    url,
    publicKey,
    subscriberId,
    ...(keyId === undefined ? {} : { keyId }),
    ...(triggerUrl === undefined ? {} : { triggerUrl }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    dialect,
    profiles: readProfiles(values.profile, dialect),
    timeoutMs: readSeconds('timeout', values.timeout ?? String(defaults.timeout)) * 1_000,
    lingerMs: readSeconds('linger', values.linger ?? String(defaults.linger)) * 1_000,
    host,
    ...readPorts(values.port, values['registry-port']),
    json,
  };
}

function parseValues(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...STANDARD_OPTIONS,
      url: text,
      'public-key': text,
      'subscriber-id': text,
      'key-id': text,
      'trigger-url': text,
      dialect: { ...text, default: DEFAULT_DIALECT },
      profile: { ...text, default: 'all' },
      timeout: text,
      linger: text,
      host: { ...text, default: '127.0.0.1' },
      port: { ...text, default: '7600' },
      'registry-port': text,
      'public-url': text,
      json: { type: 'boolean', default: false },
    },
  });
  return values;
}

function readDialect(text: string): DialectName {
  if (isDialectName(text)) return text;
  // A person may well give the domain instead of our name for the dialect.
  const ofDomain = DIALECT_NAMES.find((name) => DIALECTS[name].envelope.domain === text.trim());
  const meant = ofDomain ?? nearestName(text, DIALECT_NAMES);
  const hint = meant === undefined ? 'the help lists the dialects' : `did you mean ${meant}?`;
  throw new ArgumentError(`--dialect '${text}' is unknown; ${hint}`);
}

function readProfiles(name: string, dialect: DialectName): readonly ProviderProfile[] {
  const profiles = profilesOf(DIALECTS[dialect]);
  if (name === 'all') return profiles;
  const profile = profiles.find((one) => one.name === name);
  if (profile) return [profile];
  if (Object.hasOwn(PROFILES, name)) throw new ArgumentError(`--profile ${name} does not speak ${dialect}`);
  throw new ArgumentError(`--profile must be ${Object.keys(PROFILES).join(', ')} or all, not '${name}'`);
}

function readSeconds(name: string, text: string): number {
  return readNumber(name, text, { min: 0.1, max: MAX_TIMEOUT_S });
}
