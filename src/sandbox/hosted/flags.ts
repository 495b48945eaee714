/** Reads the command line of `sandbox`. */
import { parseArgs } from 'node:util';
import type { OcppVersionName } from '../charge-point/charge-point-options.js';
import {
  ArgumentError,
  checkUrls,
  readCommandLine,
  readPorts,
  readPublicKey,
  required,
  STANDARD_OPTIONS,
  type CommandLine,
} from '../runtime/command-line.js';
import { FAULTS, isFaultName, type FaultName } from './faults.js';

const FAULT_LIST = Object.entries(FAULTS)
  .map(([name, { effect }]) => `  ${name.padEnd(18)}${effect}`)
  .join('\n');

const USAGE = `Usage: sandbox --bap-url URL --subscriber-id ID --public-key KEY [options]

Runs the bridge, a registry and three charge points for your own buyer app, and
shows every message until you press Ctrl-C. Your app finds, orders, pays and
charges, in any dialect that the bridge speaks. Nothing is kept.

Your buyer app
  --bap-url URL         its bap_uri; callbacks go to URL/on_search and so on
  --subscriber-id ID    its bap_id
  --public-key KEY      its Ed25519 public key: base64 of the 32 raw bytes, or
                        of their DER form
  --key-id ID           its unique_key_id (default k1)

The charge points
  --fault NAME,...      what they do wrong; see below
  --ocpp V              their OCPP version: 1.6, 2.0.1 or 2.1 (default 1.6)

The bridge
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --port N              port for requests of your app (default 7600)
  --registry-port N     port of the registry (default: the next one)
  --public-url URL      the bpp_uri, if your app cannot reach that host and port

Output
  --json                each message as one JSON object per line on stdout; the
                        text for people goes to stderr
  -h, --help            show this help
  --version             show the version

Faults
${FAULT_LIST}

Examples
  sandbox --bap-url http://localhost:9000/bap --subscriber-id shop.example \\
      --public-key MCowBQYDK2VwAyEA...
  sandbox --bap-url http://localhost:9000/bap --subscriber-id shop.example \\
      --public-key MCowBQYDK2VwAyEA... --fault ignores-stop,meter-reset

Exit code: 0 after Ctrl-C, 1 when it could not start, 2 for wrong options.`;

const PROGRAM = { name: 'sandbox', usage: USAGE, helpCommand: 'sandbox --help' };

export interface SandboxFlags {
  /** The app's bap_uri. */
  readonly bapUrl: string;
  readonly subscriberId: string;
  readonly keyId: string;
  /** The app's raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly faults: readonly FaultName[];
  readonly ocpp: OcppVersionName;
  readonly host: string;
  readonly port: number;
  readonly registryPort: number;
  readonly publicUrl?: string;
  readonly json: boolean;
}

const OCPP_VERSIONS: readonly OcppVersionName[] = ['1.6', '2.0.1', '2.1'];

export function readSandboxFlags(args: readonly string[]): CommandLine<SandboxFlags> {
  return readCommandLine(PROGRAM, () => parseFlags(args));
}

function parseFlags(args: readonly string[]): SandboxFlags | 'help' | 'version' {
  const values = parseValues(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const { json, host, 'key-id': keyId, 'public-url': publicUrl } = values;
  const bapUrl = required('bap-url', values['bap-url']);
  checkUrls({ 'bap-url': bapUrl, 'public-url': publicUrl });
  return {
    bapUrl: bapUrl.replace(/\/+$/, ''),
    subscriberId: required('subscriber-id', values['subscriber-id']),
    keyId,
    publicKey: readPublicKey(required('public-key', values['public-key'])),
    faults: readFaults(values.fault ?? ''),
    ocpp: readOcppVersion(values.ocpp),
    host,
    ...readPorts(values.port, values['registry-port']),
    ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }),
    json,
  };
}

function parseValues(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...STANDARD_OPTIONS,
      'bap-url': text,
      'subscriber-id': text,
      'public-key': text,
      'key-id': { ...text, default: 'k1' },
      fault: text,
      ocpp: { ...text, default: '1.6' },
      host: { ...text, default: '127.0.0.1' },
      port: { ...text, default: '7600' },
      'registry-port': text,
      'public-url': text,
      json: { type: 'boolean', default: false },
    },
  });
  return values;
}

function readFaults(list: string): FaultName[] {
  const names = list.split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    if (name === '') return [];
    if (isFaultName(name)) return [name];
    throw new ArgumentError(`--fault must be one or more of ${Object.keys(FAULTS).join(', ')}, not '${name}'`);
  });
}

function readOcppVersion(text: string): OcppVersionName {
  const version = OCPP_VERSIONS.find((one) => one === text);
  if (!version) throw new ArgumentError(`--ocpp must be ${OCPP_VERSIONS.join(', ')}, not '${text}'`);
  return version;
}
