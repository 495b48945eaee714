/** Renders callbacks as JSON text and checks them against their schema before they are saved or sent. */
import { RenderFault, type CallbackRenderer, type CallbackDraft } from '../../ports/callback-delivery.js';
import type { PeerSettings } from '../../config/config.js';
import { becknCheck } from '../../schema/validators.js';
import { ackFormatFor } from '../protocol/ack-format.js';
import { callbackContext } from '../protocol/context.js';
import type { BecknDialect } from '../protocol/dialect.js';
import type { Subscriber } from '../protocol/wire.js';

export interface CallbackRendererDeps {
  readonly dialects: readonly BecknDialect[];
  readonly subscriber: Subscriber;
  readonly peerSettings: (bapId: string) => PeerSettings;
}

export function createCallbackRenderer(deps: CallbackRendererDeps): CallbackRenderer {
  const byName = new Map(deps.dialects.map((dialect) => [dialect.name, dialect]));
  return {
    terminalAction: (order) => byName.get(order.customer.dialect)?.terminalAction?.(order),
    catalogueFilter: ({ dialect }, filter) => byName.get(dialect)?.catalogueFilter?.(filter),
    render(callback) {
      const dialect = byName.get(callback.dialect);
      if (!dialect) throw new RenderFault(`there is no dialect ${callback.dialect}`, '');
      const body = renderBody(deps, dialect, callback);
      const text = JSON.stringify(body);
      const check = becknCheck(dialect.family, callback.action);
      if (!check) throw new RenderFault(`${dialect.family} has no schema for ${callback.action}`, text);
      const violation = check(body);
      if (violation) throw new RenderFault(`${callback.action}: ${violation.path} ${violation.message}`, text);
      return text;
    },
  };
}

/**
 * Wraps errors of the dialect in a RenderFault, so that a bug there does not keep the charger's message from being
 * saved.
 */
function renderBody(
  { subscriber, peerSettings }: CallbackRendererDeps,
  dialect: BecknDialect,
  callback: CallbackDraft,
): object {
  const peer = peerSettings(callback.bapId);
  const { requestDigest } = ackFormatFor(peer, dialect.ackFormat);
  const digest = requestDigest ? callback.requestDigest : undefined;
  try {
    return {
      context: callbackContext(callback, subscriber, dialect.contextFieldNames, digest),
      ...dialect.render({ ...callback, subscriber }, peer),
    };
  } catch (error) {
    throw new RenderFault(`${callback.action} could not be rendered: ${String(error)}`, '');
  }
}
