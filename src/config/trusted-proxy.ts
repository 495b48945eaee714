/** Finds the address of a client that may be behind a proxy, and the host that per-address limits count. */
import ipaddr from 'ipaddr.js';
import { createBoundedCache } from '../observe/bounded-cache.js';

export type TrustedProxyCheck = (address: string) => boolean;

/** Checks whether `trustedProxyCheck` can read an entry: an IP address or a network (CIDR). */
export function isProxyAddress(entry: string): boolean {
  return entry.includes('/') ? ipaddr.isValidCIDR(entry) : ipaddr.isValid(entry);
}

/** Creates a check for the addresses of the configured proxies. @param options Entries that pass `isProxyAddress`. */
export function trustedProxyCheck({ addresses = [] }: { readonly addresses?: readonly string[] }): TrustedProxyCheck {
  const networks = addresses.map((entry): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
    if (entry.includes('/')) return ipaddr.parseCIDR(entry);
    const host = ipaddr.process(entry);
    return [host, host.kind() === 'ipv4' ? 32 : 128];
  });
  return (address) => {
    if (networks.length === 0 || !ipaddr.isValid(address)) return false;
    const host = ipaddr.process(address);
    return networks.some(([network, bits]) => host.kind() === network.kind() && host.match(network, bits));
  };
}

/**
 * Returns the client's address. The header is used only on a connection from a trusted proxy.
 * @shape In a list of addresses, the last one that is not a trusted proxy is the client's.
 */
export function clientAddressOf(
  directAddress: string,
  forwardedFor: string | string[] | undefined,
  isTrustedProxy: TrustedProxyCheck,
): string {
  if (!isTrustedProxy(directAddress)) return directAddress;
  const hops = splitHeader(forwardedFor).map(withoutPort);
  return hops.findLast((hop) => !isTrustedProxy(hop)) ?? directAddress;
}

/** Some proxies add the client's port, which changes with each connection. */
function withoutPort(hop: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

const hosts = createBoundedCache<string>(5_000);

/**
 * Returns what per-address limits count: an IPv4 address, or the /64 of an IPv6 address, which usually belongs to one
 * host.
 */
export function hostOf(address: string): string {
  let host = hosts.get(address);
  if (host === undefined) {
    host = readHost(address);
    hosts.set(address, host);
  }
  return host;
}

function readHost(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toByteArray().slice(0, 8).join('.');
}

export function splitHeader(header: string | string[] | undefined): string[] {
  return (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
