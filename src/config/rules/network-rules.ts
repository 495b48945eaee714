/** Checks the settings of the Beckn networks and their registries. */
import { momentOf } from '../../domain/pricing/calendar.js';
import type { Rule } from './rule.js';
import { TRIAL_NETWORK } from '../../domain/model/order.js';
import { MAIN_NETWORK } from '../../ports/networks.js';
import type { Settings } from '../settings-file.js';

/** Names that the settings must not give to a network, and what each is reserved for. */
const RESERVED_NAMES = new Map([
  [MAIN_NETWORK, 'the network of "subscriber" and "registry"'],
  [TRIAL_NETWORK, 'trials'],
]);

interface LocatedNetwork {
  readonly name: string;
  readonly path: string;
  readonly basePath: string;
  readonly subscriber: Settings['subscriber'];
  readonly registry: Settings['registry'];
}

function locatedNetworks({ subscriber, registry, listen, networks }: Settings): readonly LocatedNetwork[] {
  const { basePath } = listen.beckn;
  const others = networks.map((one, at) => ({ ...one, basePath: one.basePath ?? basePath, path: `networks.${at}.` }));
  return [{ name: MAIN_NETWORK, path: '', basePath, subscriber, registry }, ...others];
}

const forEachNetwork =
  (rule: (network: LocatedNetwork) => string | undefined): Rule =>
  (settings) =>
    locatedNetworks(settings).flatMap((network) => rule(network) ?? []);

/** Checks whether every request can be assigned to one of the two networks. */
function areDistinguishable(a: LocatedNetwork, b: LocatedNetwork): boolean {
  if (a.basePath !== b.basePath) return true;
  const [inA, inB] = [a.subscriber.domains, b.subscriber.domains];
  // A search may have no `bpp_id`, so with equal paths only its domain shows which network it belongs to.
  return inA.length > 0 && inB.length > 0 && !inA.some((domain) => inB.includes(domain));
}

export const NETWORK_RULES: readonly Rule[] = [
  forEachNetwork(({ path: at, registry }) =>
    registry.kind !== 'file' && registry.url === undefined
      ? `${at}registry.url: is missing; registry.kind "${registry.kind}" looks keys up there`
      : undefined,
  ),
  forEachNetwork(({ path: at, registry }) =>
    registry.kind === 'file' && registry.file === undefined
      ? `${at}registry.file: is missing; registry.kind "file" reads records from it`
      : undefined,
  ),
  forEachNetwork(({ path: at, registry }) =>
    registry.staleS < registry.cacheS
      ? `${at}registry.staleS: ${registry.staleS} is shorter than registry.cacheS ${registry.cacheS}; a key cannot be stale before its cache time ends`
      : undefined,
  ),
  forEachNetwork(({ path: at, registry: { kind, lookup, spelling } }) =>
    lookup === 'vlookup' && kind !== 'ondc' && !(kind === 'http' && spelling === 'ondc')
      ? `${at}registry.lookup: only kind "ondc" supports "vlookup"`
      : undefined,
  ),
  forEachNetwork(({ path: at, subscriber: { keyId, keys } }) => {
    const ids = [keyId, ...keys.map((key) => key.keyId)];
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    return twice === undefined
      ? undefined
      : `${at}subscriber.keys: the key id "${twice}" occurs twice; peers look up keys by it`;
  }),
  forEachNetwork(({ path: at, subscriber }) => {
    const wrong = [subscriber, ...subscriber.keys].find(
      ({ validFrom, validUntil }) =>
        validFrom !== undefined && validUntil !== undefined && momentOf(validUntil) <= momentOf(validFrom),
    );
    return wrong && `${at}subscriber: the key "${wrong.keyId}" ends before it begins`;
  }),
  (settings) => {
    const names = settings.networks.map(({ name }) => name);
    return names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `networks: two networks have the name "${name}"`);
  },
  (settings) =>
    settings.networks.flatMap(({ name }, at) => {
      const owner = RESERVED_NAMES.get(name);
      return owner === undefined
        ? []
        : [`networks.${at}.name: "${name}" is reserved for ${owner}; choose another name`];
    }),
  (settings) => {
    const all = locatedNetworks(settings);
    return all.flatMap((one, index) =>
      all
        .slice(index + 1)
        .filter((other) => !areDistinguishable(one, other))
        .map(
          (other) =>
            `networks: a search for "${one.name}" cannot be told from one for "${other.name}"; give them base paths or domains of their own`,
        ),
    );
  },
];

export const PRODUCTION_NETWORK_RULES: readonly Rule[] = [
  forEachNetwork(({ path: at, subscriber: { uri } }) =>
    uri.startsWith('http:')
      ? `${at}subscriber.uri: "${uri}" must be https in mode "production"; buyer apps send names and orders to it`
      : undefined,
  ),
  forEachNetwork(({ path: at, registry: { kind, url } }) =>
    kind !== 'file' && url?.startsWith('http:') === true
      ? `${at}registry.url: "${url}" must be https in mode "production"; an attacker who changes its responses can sign as anyone`
      : undefined,
  ),
];
