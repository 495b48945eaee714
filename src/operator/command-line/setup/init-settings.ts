/** Makes the settings of a new installation from a few answers. */
export interface InitAnswers {
  readonly mode: 'sandbox' | 'production';
  readonly subscriberId: string;
  readonly uri: string;
  readonly network: 'uei' | 'ubc' | 'own';
  /** The base URL of the registry; `undefined` for that of the network or, if it has none, for a file of records. */
  readonly registry: string | undefined;
  readonly payment: string;
  /** The address of the payment provider, if we collect. */
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

/** Whether we collect the payments of this model, and so need a payment provider. */
export function collects(payment: string): boolean {
  return payment.startsWith('bpp-');
}

export function initialSettings(answers: InitAnswers): object {
  const { mode, subscriberId, uri, network, payment, paymentUrl, ports } = answers;
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
    ...(paymentUrl !== undefined && { payments: { url: paymentUrl } }),
  };
}

/** Whether the settings look keys up in a file, which must then exist. */
export function usesRegistryFile({ network, registry }: InitAnswers): boolean {
  return registry === undefined && NETWORK_PRESETS[network].url === undefined;
}

function registrySettings(answers: InitAnswers): object {
  const { kind, url, registryName } = NETWORK_PRESETS[answers.network];
  if (usesRegistryFile(answers)) return { kind: 'file', file: REGISTRY_FILE };
  return { kind, url: answers.registry ?? url, ...(registryName !== undefined && { registryName }) };
}

/** Returns the path of our public address, which the Beckn listener serves. */
function basePathOf(uri: string): string {
  const path = new URL(uri).pathname.replace(/\/+$/, '');
  return path === '' ? '/' : path;
}
