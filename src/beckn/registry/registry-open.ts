/** Opens the registry that a network's settings describe. */
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { RegistrySettings } from '../../config/config.js';
import { becknCheck } from '../../schema/validators.js';
import { createDediRegistry } from './registry-dedi.js';
import { createFileRegistry } from './registry-file.js';
import { createHttpRegistry } from './registry-http.js';
import type { RegistrySource } from './registry.js';
import { signText } from '../signing/signature.js';
import type { Signer } from '../signing/signer.js';

export function openRegistry(
  settings: RegistrySettings,
  { signer, clock, random, events }: OpenRegistryDeps,
): RegistrySource {
  const { url = '', timeoutMs, query, registryName } = settings;
  const kind = registryKind(settings);
  if (kind === 'file') return createFileRegistry({ path: settings.file ?? '', events });
  if (kind === 'dedi') return createDediRegistry({ url, registryName, timeoutMs, events });
  const common = { url, kind, query, timeoutMs, events, validateRecord: becknCheck('registry', 'lookup-record') };
  switch (settings.lookup) {
    case 'plain':
      return createHttpRegistry(common);
    case 'signed':
      return createHttpRegistry({ ...common, authorize: (body) => signer.signatureHeader(body) });
    case 'vlookup':
      return createHttpRegistry({
        ...common,
        lookupPath: '/vlookup',
        wrapQuery: (parameters) => vlookupBody(parameters, signer, new Date(clock.now()).toISOString(), random.uuid()),
      });
  }
}

export interface OpenRegistryDeps {
  readonly signer: Signer;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
  readonly events: Events;
}

/** Returns the kind of registry; for `http`, the older setting `spelling` decides. */
export function registryKind(
  settings: Pick<RegistrySettings, 'kind' | 'spelling'>,
): Exclude<RegistrySettings['kind'], 'http'> {
  if (settings.kind !== 'http') return settings.kind;
  return settings.spelling === 'core' ? 'beckn' : settings.spelling;
}

/** @source ONDC `vlookup`: the signature covers the five search parameters, joined by vertical bars. */
function vlookupBody(
  query: { readonly [name: string]: string },
  signer: Signer,
  timestamp: string,
  requestId: string,
): object {
  const { country = '', domain = '', type = 'buyerApp', city = '', subscriber_id = '' } = query;
  const { secretKey } = signer.currentKey();
  return {
    sender_subscriber_id: signer.subscriberId,
    request_id: requestId,
    timestamp,
    signature: signText([country, domain, type, city, subscriber_id].join('|'), secretKey),
    search_parameters: { country, domain, type, city, subscriber_id },
  };
}
