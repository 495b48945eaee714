/** Tells public addresses from private ones. */
import ipaddr from 'ipaddr.js';

/** A cloud platform's internal service whose address lies in a public range. */
const CLOUD_PLATFORM_ADDRESSES = new Set(['168.63.129.16']);
/** The only assigned block of global unicast; other addresses are transition forms or reserved. @source RFC 4291 §2.4 */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/**
 * True for a public unicast address. False for private, loopback, link-local (with the metadata services), shared
 * (CGNAT), multicast, documentation and reserved addresses, and for IPv6 forms that contain an IPv4 address.
 * @shape  An IPv4 or IPv6 address as text; any other text is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' ? !CLOUD_PLATFORM_ADDRESSES.has(parsed.toString()) : parsed.match(GLOBAL_UNICAST_V6);
}
