/** Builds a dialect of the `ev-charging` family from its name, its domains and its spelling. */
import { isEndedByProvider } from '../../../domain/decide/results.js';
import type { BecknDialect } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { buildReplyContext } from '../core-1x/reply-context.js';
import { valueAt } from '../../protocol/json-reading.js';
import { actions, read } from './read.js';
import { createRenderer } from './render.js';
import type { Spelling } from './spelling.js';

/** Core 1.0 and 1.1 do not differ in the fields that these dialects use. */
const VERSION = '1.1.0';
const VERSIONS = /^1\.[01]\.\d+$/;

export function createEvChargingDialect(
  name: string,
  domains: readonly [string, ...string[]],
  spelling: Spelling,
  resembles?: (context: WireContext, message: JsonObject) => boolean,
): BecknDialect {
  return {
    name,
    family: 'ev-charging-1.1.0',
    actions,
    stopsBy: 'update',
    displayName: domains.map((domain) => `${domain} ${VERSION}`).join(', '),
    matches(context) {
      const domain = valueAt(context, 'domain');
      const version = valueAt(context, 'version') ?? VERSION;
      return domains.some((own) => own === domain) && typeof version === 'string' && VERSIONS.test(version);
    },
    ...(resembles && { resembles }),
    read,
    replyContext: (context) => buildReplyContext(context, { domain: domains[0], version: VERSION }),
    render: createRenderer(spelling),
    terminalAction: (order) => (isEndedByProvider(order) ? 'on_cancel' : undefined),
  };
}
