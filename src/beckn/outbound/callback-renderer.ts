/** Callbacks as JSON text, checked against their own schema before anything of them is saved or sent. */
import { RenderFault, type CallbackOrder, type CallbackWriter } from '../../ports/buyer-requests.js';
import type { PeerSettings } from '../../config/config.js';
import { becknCheck } from '../../schema/validators.js';
import { shapeFor } from '../protocol/ack-format.js';
import { answeringContext, type Self } from '../protocol/context.js';
import type { BecknDialect } from '../protocol/dialect.js';

export interface WriterDeps {
  readonly dialects: readonly BecknDialect[];
  readonly self: Self;
  readonly peer: (bapId: string) => PeerSettings;
}

export function createCallbackWriter({ dialects, self, peer }: WriterDeps): CallbackWriter {
  /** A message that cannot be made must not keep the charger's own message from being saved: it is our bug alone. */
  function bodyOf(dialect: BecknDialect, callback: CallbackOrder): object {
    const told = shapeFor(peer(callback.bapId), dialect.answers).requestDigest;
    try {
      return {
        context: answeringContext(callback, self, dialect.contextNames, told ? callback.requestDigest : undefined),
        ...dialect.render({ ...callback, self }, peer(callback.bapId)),
      };
    } catch (error) {
      throw new RenderFault(`${callback.action} could not be made: ${String(error)}`, '');
    }
  }

  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  return {
    tellsEndBy: (order) => byName.get(order.peer.dialect)?.tellsEndBy?.(order),
    tellsOf: ({ dialect }, filter) => byName.get(dialect)?.tellsOf?.(filter),
    write(callback: CallbackOrder): string {
      const dialect = byName.get(callback.dialect);
      if (!dialect) throw new RenderFault(`no dialect is called ${callback.dialect}`, '');
      const body = bodyOf(dialect, callback);
      const text = JSON.stringify(body);
      const check = becknCheck(dialect.family, callback.action);
      if (!check) throw new RenderFault(`${dialect.family} has no schema for ${callback.action}`, text);
      const violation = check(body);
      if (violation) throw new RenderFault(`${callback.action}: ${violation.path} ${violation.message}`, text);
      return text;
    },
  };
}
