/** The dialect of domain `uei:charging`, version 1.0.0, in both directions. */
import type { Json } from '../../domain/order.js';
import type { BecknDialect, Conversation, WireContext } from './dialect.js';
import { at, text } from './json-reading.js';
import { ACTIONS, read } from './uei-charging/read.js';
import { place } from './uei-charging/read-order.js';
import { render } from './uei-charging/render.js';

const DOMAIN = 'uei:charging';
const VERSION = '1.0.0';

export const ueiCharging: BecknDialect = {
  name: 'uei-charging-1.0.0',
  family: 'uei-charging-1.0.0',
  actions: ACTIONS,
  speaks: `${DOMAIN} ${VERSION}`,
  // No version at all is common and harmless; another version is another dialect.
  matches: (context) => at(context, 'domain') === DOMAIN && (at(context, 'version') ?? VERSION) === VERSION,
  read,
  conversation,
  render,
};

function conversation(context: WireContext): Conversation {
  const location: Record<string, Json> = {
    ...place('city', at(context, 'location', 'city') ?? at(context, 'city')),
    ...place('country', at(context, 'location', 'country') ?? at(context, 'country')),
  };
  return {
    domain: text(at(context, 'domain')) ?? DOMAIN,
    version: text(at(context, 'version')) ?? VERSION,
    ...(Object.keys(location).length > 0 && { location }),
  };
}
