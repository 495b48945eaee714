/** A dialect of this family from its name, its domains and its spelling. */
import { brokenOff } from '../../../domain/decide/results.js';
import type { JsonObject } from '../../protocol/dialect.js';
import type { BecknDialect, WireContext } from '../../protocol/dialect.js';
import { conversationOf } from '../core-1x/reply-context.js';
import { at } from '../../protocol/json-reading.js';
import { actions, read } from './read.js';
import { renderWith } from './render.js';
import type { Spelling } from './spelling.js';

/** Core 1.0 and 1.1 differ in nothing that these dialects say. */
const VERSION = '1.1.0';
const VERSIONS = /^1\.[01]\.\d+$/;

export function evChargingDialect(
  name: string,
  domains: readonly [string, ...string[]],
  spelling: Spelling,
  resembles?: (context: WireContext, message: JsonObject) => boolean,
): BecknDialect {
  return {
    name,
    family: 'ev-charging-1.1.0',
    actions,
    speaks: domains.map((domain) => `${domain} ${VERSION}`).join(', '),
    matches(context) {
      const domain = at(context, 'domain');
      const version = at(context, 'version') ?? VERSION;
      return domains.some((one) => one === domain) && typeof version === 'string' && VERSIONS.test(version);
    },
    ...(resembles && { resembles }),
    read,
    conversation: (context) => conversationOf(context, { domain: domains[0], version: VERSION }),
    render: renderWith(spelling),
    tellsEndBy: (order) => (brokenOff(order) ? 'on_cancel' : undefined),
  };
}
