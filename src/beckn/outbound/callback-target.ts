/** Where a callback may go. A buyer app names the address: unguarded, that would make us a tool against our own network. */
import { isIP } from 'node:net';
import type { Dns } from '../../ports/http.js';
import type { KeyDirectory } from '../registry/key-directory.js';
import { isPublicAddress } from './public-address.js';

/** One exact exception for loopback, private or plain-http targets. A `*` in it stands for nothing but itself. */
export interface AllowedTarget {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly subscriber: string;
}

export type CallbackTarget =
  | { readonly ok: true; readonly url: string; /** Connect here, and nowhere else. */ readonly pinnedAddress?: string }
  /** `retryable`: may be otherwise later (registry or DNS away, a record renewed). */
  | { readonly ok: false; readonly retryable: boolean; readonly reason: string };

export interface CallbackTargetChecker {
  /** The checked URL of one callback. Never rejects. */
  check(callback: {
    readonly bapId: string;
    readonly bapUri: string;
    readonly action: string;
    /** The gateway that takes it instead, at the address that the registry has. */
    readonly gatewayId?: string;
  }): Promise<CallbackTarget>;
}

export function createCallbackTargetChecker(options: {
  readonly directory: Pick<KeyDirectory, 'findRecord' | 'refresh'>;
  readonly dns: Dns;
  readonly allow?: readonly AllowedTarget[];
}): CallbackTargetChecker {
  const { directory, dns, allow = [] } = options;

  async function registeredUrl(bapId: string, bapUri: string): Promise<string | CallbackTarget> {
    const lookup = await directory.findRecord(bapId);
    if ('problem' in lookup) return { ok: false, retryable: true, reason: lookup.detail };
    const { url } = lookup.record;
    if (url !== undefined && isWithinRegisteredUrl(bapUri, url)) return url;
    // It may have moved: the registry is asked once more before we say no.
    if (await directory.refresh(bapId)) {
      const again = await directory.findRecord(bapId);
      if (!('problem' in again) && again.record.url !== undefined && isWithinRegisteredUrl(bapUri, again.record.url)) {
        return again.record.url;
      }
    }
    const reason =
      url === undefined
        ? `the registry has no URL for ${bapId}`
        : `bap_uri ${bapUri} is not at or below the registered URL ${url} of ${bapId}`;
    return { ok: false, retryable: url === undefined, reason };
  }

  /** A gateway in a buyer app's place. */
  async function gateway(id: string): Promise<{ readonly bapId: string; readonly bapUri: string } | CallbackTarget> {
    const lookup = await directory.findRecord(id, 'BG');
    if ('problem' in lookup) return { ok: false, retryable: true, reason: lookup.detail };
    const { url } = lookup.record;
    return url === undefined
      ? { ok: false, retryable: true, reason: `the registry has no URL for ${id}` }
      : { bapId: id, bapUri: url };
  }

  return {
    async check(callback) {
      const { action, gatewayId } = callback;
      const taken = gatewayId === undefined ? callback : await gateway(gatewayId);
      if ('ok' in taken) return taken;
      const { bapId, bapUri } = taken;
      const uri = parseBapUri(bapUri);
      if (typeof uri === 'string') return { ok: false, retryable: false, reason: uri };
      const registered = gatewayId === undefined ? await registeredUrl(bapId, bapUri) : bapUri;
      if (typeof registered !== 'string') return registered;

      const url = callbackUrl(uri, action);
      const host = uri.hostname.replace(/^\[|\]$/g, '');
      if (allow.some((tuple) => matchesAllowedTarget(tuple, uri, host, bapId))) return { ok: true, url };
      if (uri.protocol !== 'https:') return { ok: false, retryable: false, reason: `bap_uri ${bapUri} is not https` };

      const literal = isIP(host) !== 0;
      const addresses = literal ? [host] : await dns.resolve(host).catch(() => []);
      if (addresses.length === 0) return { ok: false, retryable: true, reason: `${host} has no address` };
      // One bad answer among good ones is how a name is turned against its resolver.
      const inside = addresses.find((address) => !isPublicAddress(address));
      if (inside !== undefined) {
        return { ok: false, retryable: false, reason: `${host} leads to ${inside}, which is no public address` };
      }
      const pinnedAddress = addresses.find((address) => isIP(address) === 4) ?? addresses[0];
      return literal || pinnedAddress === undefined ? { ok: true, url } : { ok: true, url, pinnedAddress };
    },
  };
}

/** True when `bapUri` has the registered origin and lies at or below its path. Trailing slashes do not count. */
export function isWithinRegisteredUrl(bapUri: string, registeredUrl: string): boolean {
  const uri = parseBapUri(bapUri);
  const registered = parseBapUri(registeredUrl);
  if (typeof uri === 'string' || typeof registered === 'string') return false;
  return (
    uri.origin === registered.origin &&
    `${pathWithoutTrailingSlash(uri)}/`.startsWith(`${pathWithoutTrailingSlash(registered)}/`)
  );
}

/** The address as the URL standard reads it, in which `2130706433` and `0x7f.1` have become `127.0.0.1`; or the objection. */
function parseBapUri(text: string): URL | string {
  if (!URL.canParse(text)) return 'bap_uri is no absolute URL';
  const uri = new URL(text);
  if (uri.protocol !== 'https:' && uri.protocol !== 'http:') return `bap_uri has the scheme ${uri.protocol}, not https`;
  if (uri.username !== '' || uri.password !== '') return 'bap_uri carries a user name or password';
  if (uri.search !== '' || uri.hash !== '') return 'bap_uri carries a query or a fragment';
  // An encoded slash or dot is one path to us and may be another to the server behind.
  if (/%2f|%5c|%2e/i.test(uri.pathname)) return 'bap_uri has encoded slashes or dots in its path';
  return uri;
}

function callbackUrl(uri: URL, action: string): string {
  return `${uri.origin}${pathWithoutTrailingSlash(uri)}/${encodeURIComponent(action)}`;
}

function pathWithoutTrailingSlash(uri: URL): string {
  return uri.pathname.replace(/\/+$/, '');
}

function matchesAllowedTarget(tuple: AllowedTarget, uri: URL, host: string, bapId: string): boolean {
  const port = uri.port === '' ? (uri.protocol === 'https:' ? 443 : 80) : Number(uri.port);
  return (
    tuple.host.toLowerCase() === host &&
    tuple.port === port &&
    `${tuple.scheme}:` === uri.protocol &&
    tuple.subscriber === bapId
  );
}
