/** Determines the host at which chargers reach us, as far as the settings show it. */

const ALL_ADDRESSES = ['0.0.0.0', '::', ''];

/** Returns the host of the OCPP listener or, if it binds all addresses, that of our Beckn address. */
export function chargerHost(listener: string, becknUri: string): string {
  if (!ALL_ADDRESSES.includes(listener) || !URL.canParse(becknUri)) return listener;
  return new URL(becknUri).hostname.replace(/^\[|\]$/g, '');
}
