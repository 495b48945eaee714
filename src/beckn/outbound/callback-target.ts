/**
 * Decides where a callback may be sent. A buyer app chooses the address itself, so without this check it could make us
 * send requests into our own network.
 */
import { isIP } from 'node:net';
import type { OutboundCallback } from '../../ports/callback-delivery.js';
import type { Dns } from '../../ports/http.js';
import type { KeyDirectory } from '../registry/key-directory.js';
import type { LookupFailure } from '../registry/select-record.js';
import { HostAddresses, type HostAddressesDeps } from './host-addresses.js';
import { isPublicAddress } from './public-address.js';

/** An exception for one loopback, private or plain-http target. Every part must match; `*` is not a wildcard. */
export interface AllowedTarget {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly subscriber: string;
}

export type CallbackTarget =
  | { readonly ok: true; readonly url: string; /** The address to connect to. */ readonly pinnedAddress?: string }
  /** `retryable`: the registry or DNS was unavailable, or the recipient's record may yet change. */
  | {
      readonly ok: false;
      readonly retryable: boolean;
      readonly reason: string;
      /** Set if the registry could not be queried, or if the resolver gave no addresses before the ACK. */
      readonly unavailable?: 'registry' | 'resolver';
    };

export interface CallbackTargetChecker {
  /** Checks the target of a callback and returns its URL. Never rejects. */
  check(callback: Pick<OutboundCallback, 'bapId' | 'bapUri' | 'action' | 'gatewayId'>): Promise<CallbackTarget>;
  /**
   * Checks the target of a callback before the request is acknowledged. It may use addresses of the last minute or, if
   * the resolver fails or is slow, of the last day, so `check` must follow before a callback is sent. Never rejects.
   * @returns Why a callback could not be sent to this target; `undefined` if no problem is known.
   */
  problemBeforeAck(recipient: CallbackRecipient): Promise<TargetProblem | undefined>;
}

/** The buyer app, or the gateway that receives its callback instead. */
type CallbackRecipient = Pick<OutboundCallback, 'bapId' | 'bapUri' | 'gatewayId'>;

type TargetProblem = Extract<CallbackTarget, { ok: false }>;

export interface CallbackTargetDeps {
  readonly directory: Pick<KeyDirectory, 'findRecord' | 'refresh'>;
  readonly dns: Dns;
  readonly clock: HostAddressesDeps['clock'];
  readonly allow?: readonly AllowedTarget[];
}

export function createCallbackTargetChecker(deps: CallbackTargetDeps): CallbackTargetChecker {
  const hosts = new HostAddresses(deps);
  return {
    async check(callback) {
      const address = await findAddress(deps, callback);
      if ('ok' in address) return address;
      const url = callbackUrl(address.uri, callback.action);
      return address.isAllowed ? { ok: true, url } : checkAddresses(hosts, address.host, url);
    },
    async problemBeforeAck(recipient) {
      const address = await findAddress(deps, recipient);
      if ('ok' in address) return address;
      return address.isAllowed ? undefined : hostProblem(hosts, address.host);
    },
  };
}

interface CallbackAddress {
  readonly uri: URL;
  readonly host: string;
  /** True if the address is one of the configured exceptions. */
  readonly isAllowed: boolean;
}

/** Finds the address of a recipient, and compares it with the registered address and the configured exceptions. */
async function findAddress(
  { directory, allow = [] }: CallbackTargetDeps,
  { bapId, bapUri, gatewayId }: CallbackRecipient,
): Promise<CallbackAddress | TargetProblem> {
  const recipient =
    gatewayId === undefined ? { subscriberId: bapId, uri: bapUri } : await findGateway(directory, gatewayId);
  if ('ok' in recipient) return recipient;
  const uri = parseBapUri(recipient.uri);
  if (typeof uri === 'string') return { ok: false, retryable: false, reason: uri };
  const problem = gatewayId === undefined ? await registrationProblem(directory, bapId, bapUri) : undefined;
  if (problem) return problem;

  const host = uri.hostname.replace(/^\[|\]$/g, '');
  const isAllowed = allow.some((target) => matchesAllowedTarget(target, uri, host, recipient.subscriberId));
  if (!isAllowed && uri.protocol !== 'https:') {
    return { ok: false, retryable: false, reason: `bap_uri ${recipient.uri} is not https` };
  }
  return { uri, host, isAllowed };
}

async function hostProblem(hosts: HostAddresses, host: string): Promise<TargetProblem | undefined> {
  const problem = localNameProblem(host);
  if (problem || isIP(host) !== 0) return problem;
  const addresses = await hosts.findSoon(host);
  if (addresses) return privateAddressProblem(host, addresses);
  return { ok: false, retryable: true, reason: `${host} has no address`, unavailable: 'resolver' };
}

/** Refuses local host names and addresses that are not public. @source RFC 6761 §6.3 for `localhost`. */
function localNameProblem(host: string): TargetProblem | undefined {
  const isLocal = isIP(host) === 0 ? /(^|\.)localhost\.?$/i.test(host) : !isPublicAddress(host);
  return isLocal ? { ok: false, retryable: false, reason: `${host} is not a public address` } : undefined;
}

type Directory = CallbackTargetDeps['directory'];

/** Finds the registered address of the gateway that receives the callback instead of the buyer app. */
async function findGateway(
  directory: Directory,
  gatewayId: string,
): Promise<{ readonly subscriberId: string; readonly uri: string } | TargetProblem> {
  const lookup = await directory.findRecord(gatewayId, 'BG');
  if ('problem' in lookup) return lookupProblem(lookup);
  const { url } = lookup.record;
  return url === undefined
    ? { ok: false, retryable: true, reason: `the registry has no URL for ${gatewayId}` }
    : { subscriberId: gatewayId, uri: url };
}

/** Returns why the buyer app may not use this address; `undefined` if it lies at or below the registered URL. */
async function registrationProblem(
  directory: Directory,
  bapId: string,
  bapUri: string,
): Promise<TargetProblem | undefined> {
  let lookup = await directory.findRecord(bapId);
  // The buyer app may have moved, so the registry is queried once more before the callback is refused.
  if (!('problem' in lookup) && !isRegistered(bapUri, lookup.record.url) && (await directory.refresh(bapId)))
    lookup = await directory.findRecord(bapId);
  if ('problem' in lookup) return lookupProblem(lookup);
  const { url } = lookup.record;
  if (isRegistered(bapUri, url)) return undefined;
  const reason =
    url === undefined
      ? `the registry has no URL for ${bapId}`
      : `bap_uri ${bapUri} is not at or below the registered URL ${url} of ${bapId}`;
  return { ok: false, retryable: url === undefined, reason };
}

function isRegistered(bapUri: string, url: string | undefined): boolean {
  return url !== undefined && isWithinRegisteredUrl(bapUri, url);
}

function lookupProblem({ problem, detail }: LookupFailure): TargetProblem {
  const isUnavailable = problem === 'unavailable';
  return { ok: false, retryable: true, reason: detail, ...(isUnavailable && { unavailable: 'registry' }) };
}

async function checkAddresses(hosts: HostAddresses, host: string, url: string): Promise<CallbackTarget> {
  const isLiteral = isIP(host) !== 0;
  const addresses = isLiteral ? [host] : await hosts.resolve(host);
  if (addresses.length === 0) return { ok: false, retryable: true, reason: `${host} has no address` };
  const problem = privateAddressProblem(host, addresses);
  if (problem) return problem;
  const pinnedAddress = addresses.find((address) => isIP(address) === 4) ?? addresses[0];
  return isLiteral || pinnedAddress === undefined ? { ok: true, url } : { ok: true, url, pinnedAddress };
}

/** Refuses a host with an address that is not public. One among public ones is enough for a DNS rebinding attack. */
function privateAddressProblem(host: string, addresses: readonly string[]): TargetProblem | undefined {
  const privateAddress = addresses.find((address) => !isPublicAddress(address));
  if (privateAddress === undefined) return undefined;
  const reason = `${host} resolves to ${privateAddress}, which is not a public address`;
  return { ok: false, retryable: false, reason };
}

/**
 * Checks that `bapUri` has the origin of the registered URL and lies at or below its path. Ignores trailing slashes.
 */
export function isWithinRegisteredUrl(bapUri: string, registeredUrl: string): boolean {
  const uri = parseBapUri(bapUri);
  const registered = parseBapUri(registeredUrl);
  if (typeof uri === 'string' || typeof registered === 'string') return false;
  return (
    uri.origin === registered.origin &&
    `${pathWithoutTrailingSlash(uri)}/`.startsWith(`${pathWithoutTrailingSlash(registered)}/`)
  );
}

/**
 * Parses an address as the URL standard does, which turns `2130706433` and `0x7f.1` into `127.0.0.1`.
 * @errors A string that says why the address is refused.
 */
function parseBapUri(text: string): URL | string {
  if (!URL.canParse(text)) return 'bap_uri is not an absolute URL';
  const uri = new URL(text);
  if (uri.protocol !== 'https:' && uri.protocol !== 'http:') return `bap_uri has the scheme ${uri.protocol}, not https`;
  if (uri.username !== '' || uri.password !== '') return 'bap_uri contains a user name or password';
  if (uri.search !== '' || uri.hash !== '') return 'bap_uri contains a query or a fragment';
  // The peer's server may decode these and then see a different path from the one that was checked.
  if (/%2f|%5c|%2e/i.test(uri.pathname)) return 'bap_uri has encoded slashes or dots in its path';
  return uri;
}

function callbackUrl(uri: URL, action: string): string {
  return `${uri.origin}${pathWithoutTrailingSlash(uri)}/${encodeURIComponent(action)}`;
}

function pathWithoutTrailingSlash(uri: URL): string {
  return uri.pathname.replace(/\/+$/, '');
}

function matchesAllowedTarget(allowed: AllowedTarget, uri: URL, host: string, subscriberId: string): boolean {
  const port = uri.port === '' ? (uri.protocol === 'https:' ? 443 : 80) : Number(uri.port);
  return (
    allowed.host.toLowerCase() === host &&
    allowed.port === port &&
    `${allowed.scheme}:` === uri.protocol &&
    allowed.subscriber === subscriberId
  );
}
