/** Checks that the registry of each network has our keys and address, and that no key expires without a successor. */
import { existsSync } from 'node:fs';
import { KeyFault } from '../../../beckn/signing/key-material.js';
import { readSigningKeys } from '../../../beckn/signing/network-keys.js';
import { base64, loadSodium } from '../../../beckn/signing/signature.js';
import { createSigner, type SigningKey } from '../../../beckn/signing/signer.js';
import { openRegistry } from '../../../beckn/registry/registry-open.js';
import {
  isAskedFor,
  isUsable,
  RegistryFault,
  type RegistryRecord,
  type RegistrySource,
} from '../../../beckn/registry/registry.js';
import { networksOf, type NetworkSettings } from '../../../config/config.js';
import { finding, type Finding } from '../../findings.js';
import { notTried, type Check, type CheckInput, type CheckOutcome } from './check.js';

const DAY_MS = 86_400_000;
const WARN_DAYS = 21;
const PUBLIC_KEY_BYTES = 32;

export const REGISTRY_CHECK: Check = {
  name: 'keys and registry',
  async run(input) {
    await loadSodium();
    const outcomes = await Promise.all(networksOf(input.config).map((network) => checkNetwork(network, input)));
    return {
      findings: outcomes.flatMap(({ findings }) => findings),
      notTried: outcomes.flatMap((outcome) => outcome.notTried ?? []),
    };
  },
};

async function checkNetwork(network: NetworkSettings, input: CheckInput): Promise<CheckOutcome> {
  const { subscriber, registry, name } = network;
  const missing = [subscriber, ...subscriber.keys].find(({ keyFile }) => !existsSync(keyFile));
  if (missing) return notTried(`network ${name}: the first start generates ${missing.keyFile}`);
  let keys: ReturnType<typeof readSigningKeys>;
  try {
    keys = readSigningKeys(network, input.secrets);
  } catch (error) {
    if (error instanceof KeyFault) return { findings: [finding('key-unusable', `${error.message}.`)] };
    throw error;
  }
  const { clock, random } = input;
  const signer = createSigner({ subscriberId: subscriber.id, keys, clock });
  const source = openRegistry(registry, { signer, clock, random, events: { emit: () => undefined } });
  const ending = endingKeys(name, keys, clock.now());
  try {
    const found = await Promise.all(keys.map((key) => checkKey(source, network, key)));
    return { findings: [...ending, ...found.flat()] };
  } catch (error) {
    if (!(error instanceof RegistryFault)) throw error;
    const message = `Network ${name}: ${error.message}.`;
    return {
      findings: [...ending, finding('registry-unavailable', message)],
      notTried: [`network ${name}: our keys in the registry`],
    };
  }
}

/**
 * Checks that the registry has a usable record for a key id, with our public key. If the record states an address, it
 * must be ours; if it states a status, it must be `SUBSCRIBED`.
 * @errors RegistryFault
 */
async function checkKey(
  source: RegistrySource,
  { name, subscriber }: NetworkSettings,
  { keyId, secretKey }: SigningKey,
): Promise<readonly Finding[]> {
  const { id, uri } = subscriber;
  const query = { subscriberId: id, keyId };
  const rows = (await source.lookup(query)).filter((row) => isAskedFor(row, query));
  const own = rows.filter(isUsable);
  const [first] = own;
  const what = `Network ${name}, key ${keyId} of ${id}`;
  const [row] = rows;
  if (!first && row && !isUsable(row)) return [finding('record-unusable', `${what}: ${row.problem}.`)];
  if (!first) return [finding('key-not-registered', `${what}: the registry has no such record.`)];
  const publicKey = base64(secretKey.subarray(PUBLIC_KEY_BYTES));
  const record = own.find((one) => one.signingPublicKey === publicKey);
  if (!record)
    return [finding('key-differs', `${what}: the registry has ${first.signingPublicKey}, ours is ${publicKey}.`)];
  return [
    ...(record.status === 'SUBSCRIBED' || record.status === ''
      ? []
      : [finding('not-subscribed', `${what}: the status is ${record.status}.`)]),
    ...(isSameAddress(record, uri)
      ? []
      : [finding('registered-address-differs', `${what}: the registry has ${record.url ?? ''}, ours is ${uri}.`)]),
  ];
}

function isSameAddress({ url }: RegistryRecord, uri: string): boolean {
  return url === undefined || url.replace(/\/+$/, '') === uri.replace(/\/+$/, '');
}

/** Reports the key that expires last if it has expired or soon will. Every other key has a successor. */
function endingKeys(network: string, keys: readonly SigningKey[], now: number): readonly Finding[] {
  const last = Math.max(...keys.map(({ validUntil = Infinity }) => validUntil));
  if (last - now > WARN_DAYS * DAY_MS) return [];
  const days = Math.floor((last - now) / DAY_MS);
  const when = days < 0 ? 'has ended' : `ends in ${days} days`;
  return [finding('key-expires', `Network ${network}: the last of our keys ${when}.`)];
}
