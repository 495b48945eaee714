/** Makes the settings of a new installation from a few answers. */
import { usageFailure } from '../frame/failure.js';

export interface InitAnswers {
  readonly mode: 'sandbox' | 'production';
  readonly subscriberId: string;
  readonly uri: string;
  readonly network: 'uei' | 'ubc' | 'own';
  /** The base URL of the registry; `undefined` for that of the network or, if it has none, for a file of records. */
  readonly registry: string | undefined;
  readonly payment: string;
  readonly paymentUrl: string | undefined;
  readonly ports: { readonly beckn: number; readonly ocpp: number; readonly operator: number };
}

export const PAYMENTS = ['bap-prepaid', 'bap-postpaid', 'bpp-prepaid', 'bpp-hold', 'bpp-postpaid'];

interface NetworkPreset {
  readonly kind: 'beckn' | 'dedi' | 'succinct';
  /** The base URL of the network's registry; absent if the operator has to name it. */
  readonly url?: string;
  readonly registryName?: string;
  readonly domains: readonly string[];
}

export const NETWORK_PRESETS: { readonly [name in InitAnswers['network']]: NetworkPreset } = {
  uei: { kind: 'beckn', domains: ['uei:charging'] },
  ubc: {
    kind: 'dedi',
    url: 'https://fabric.nfh.global/registry/dedi',
    registryName: 'subscribers.beckn.one',
    domains: ['beckn.one:deg:ev-charging'],
  },
  own: { kind: 'succinct', domains: [] },
};

/** The file of subscriber records that stands in for a registry. */
export const REGISTRY_FILE = 'registry.json';

/** @errors CommandFailure if the URL of the payment provider or of the registry is needed but missing. */
export function initialSettings(answers: InitAnswers): object {
  const { mode, subscriberId, uri, network, payment, paymentUrl, ports } = answers;
  const collects = payment.startsWith('bpp-');
  if (collects && paymentUrl === undefined)
    throw usageFailure(`--payment ${payment} needs --payment-url, where the payment provider is.`);
  return {
    mode,
    dataDir: 'data',
    subscriber: {
      id: subscriberId,
      uri,
      keyId: 'key-1',
      generate: true,
      encryptionKeyFiles: ['data/encryption.key'],
      domains: NETWORK_PRESETS[network].domains,
      country: 'IND',
    },
    listen: {
      beckn: { port: ports.beckn, basePath: basePathOf(uri) },
      ocpp: { port: ports.ocpp },
      operator: { port: ports.operator },
    },
    registry: registrySettings(answers),
    peers: { default: { payments: [payment] } },
    ...(collects && { payments: { url: paymentUrl } }),
  };
}

/** Whether the settings look keys up in a file, which must then exist. */
export function usesRegistryFile({ network, registry }: InitAnswers): boolean {
  return registry === undefined && NETWORK_PRESETS[network].url === undefined;
}

function registrySettings(answers: InitAnswers): object {
  const { kind, url, registryName } = NETWORK_PRESETS[answers.network];
  if (usesRegistryFile(answers)) {
    if (answers.mode === 'production' && answers.network === 'uei')
      throw usageFailure('--registry is missing: the base URL of the registry of the network.');
    return { kind: 'file', file: REGISTRY_FILE };
  }
  return { kind, url: answers.registry ?? url, ...(registryName !== undefined && { registryName }) };
}

/** Returns the path of our public address, which the Beckn listener serves. */
function basePathOf(uri: string): string {
  const path = new URL(uri).pathname.replace(/\/+$/, '');
  return path === '' ? '/' : path;
}
