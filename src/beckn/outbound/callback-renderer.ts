/** Callbacks as JSON text, checked against their own schema before anything of them is saved or sent. */
import { RenderFault, type CallbackDraft, type CallbackRenderer } from '../../ports/buyer-requests.js';
import type { PeerSettings } from '../../config/config.js';
import { becknCheck } from '../../schema/validators.js';
import { ackFormatFor } from '../protocol/ack-format.js';
import { callbackContext, type Subscriber } from '../protocol/context.js';
import type { BecknDialect } from '../protocol/dialect.js';

export interface CallbackRendererDeps {
  readonly dialects: readonly BecknDialect[];
  readonly subscriber: Subscriber;
  readonly peerSettings: (bapId: string) => PeerSettings;
}

export function createCallbackRenderer({
  dialects,
  subscriber: self,
  peerSettings: peer,
}: CallbackRendererDeps): CallbackRenderer {
  /** A message that cannot be made must not keep the charger's own message from being saved: it is our bug alone. */
  function renderBody(dialect: BecknDialect, callback: CallbackDraft): object {
    const told = ackFormatFor(peer(callback.bapId), dialect.ackFormat).requestDigest;
    try {
      return {
        context: callbackContext(callback, self, dialect.contextFieldNames, told ? callback.requestDigest : undefined),
        ...dialect.render({ ...callback, subscriber: self }, peer(callback.bapId)),
      };
    } catch (error) {
      throw new RenderFault(`${callback.action} could not be made: ${String(error)}`, '');
    }
  }

  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  return {
    terminalAction: (order) => byName.get(order.buyerApp.dialect)?.terminalAction?.(order),
    catalogueFilter: ({ dialect }, filter) => byName.get(dialect)?.catalogueFilter?.(filter),
    render(callback: CallbackDraft): string {
      const dialect = byName.get(callback.dialect);
      if (!dialect) throw new RenderFault(`no dialect is called ${callback.dialect}`, '');
      const body = renderBody(dialect, callback);
      const text = JSON.stringify(body);
      const check = becknCheck(dialect.family, callback.action);
      if (!check) throw new RenderFault(`${dialect.family} has no schema for ${callback.action}`, text);
      const violation = check(body);
      if (violation) throw new RenderFault(`${callback.action}: ${violation.path} ${violation.message}`, text);
      return text;
    },
  };
}
