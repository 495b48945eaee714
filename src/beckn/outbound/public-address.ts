/** Which addresses are out there, and which are in here. */
import ipaddr from 'ipaddr.js';

/** Answers cloud instances from inside, though it looks like any public address. */
const CLOUD_PLATFORM_ADDRESSES = new Set(['168.63.129.16']);
/** The only block that global unicast is assigned from; anything else is a transition form or reserved. @source RFC 4291 §2.4 */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/**
 * True for a public unicast address. Private, loopback, link-local (with the metadata services), shared (CGNAT),
 * multicast, documentation and reserved ones are not, nor is any IPv6 form that carries an IPv4 address inside.
 * @shape  An IPv4 or IPv6 address as text; anything else is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' ? !CLOUD_PLATFORM_ADDRESSES.has(parsed.toString()) : parsed.match(GLOBAL_UNICAST_V6);
}
