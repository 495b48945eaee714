/** Distinguishes public IP addresses from all others. */
import ipaddr from 'ipaddr.js';

/** An internal service of Azure whose address lies in a public range. */
const CLOUD_PLATFORM_ADDRESSES = new Set(['168.63.129.16']);
/**
 * The only block assigned for global unicast; the rest is reserved or has other uses.
 * @source RFC 4291 §2.4; IANA, Internet Protocol Version 6 Address Space.
 */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/**
 * Checks that an address is public unicast: not private, loopback, link-local (as metadata services are), shared
 * (CGNAT), multicast, documentation or reserved. An IPv4-mapped IPv6 address counts as its IPv4 address; other IPv6
 * forms that contain an IPv4 address are not public.
 * @shape  An IPv4 or IPv6 address as text; any other text is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' ? !CLOUD_PLATFORM_ADDRESSES.has(parsed.toString()) : parsed.match(GLOBAL_UNICAST_V6);
}
