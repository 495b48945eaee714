/** Determines the network that a client comes from. */

/** How many groups of an IPv6 address identify one customer of an internet provider: the four of a /64. */
const SUBSCRIBER_GROUPS = 4;

/**
 * Returns an IPv4 address as it is, without the prefix that maps it into IPv6. For any other IPv6 address it returns
 * the /64, within which a client may change its address.
 */
export function peerNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...rest].slice(0, SUBSCRIBER_GROUPS).join(':');
}
