/** Callbacks as JSON text, checked against their own schema before anything of them is saved or sent. */
import { RenderFault, type CallbackOrder, type CallbackWriter } from '../bridge/ports/buyers.js';
import type { PeerSettings } from '../config/config.js';
import { becknCheck } from '../schema/validators.js';
import { answeringContext, type Self } from './context.js';
import type { BecknDialect } from './dialects/dialect.js';

export interface WriterDeps {
  readonly dialects: readonly BecknDialect[];
  readonly self: Self;
  readonly peer: (bapId: string) => PeerSettings;
}

export function createCallbackWriter({ dialects, self, peer }: WriterDeps): CallbackWriter {
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  return {
    write(callback: CallbackOrder): string {
      const dialect = byName.get(callback.dialect);
      if (!dialect) throw new RenderFault(`no dialect is called ${callback.dialect}`, '');
      const told = dialect.render(callback, peer(callback.bapId));
      const body = { context: answeringContext(callback, self), ...told };
      const text = JSON.stringify(body);
      const check = becknCheck(dialect.family, callback.action);
      if (!check) throw new RenderFault(`${dialect.family} has no schema for ${callback.action}`, text);
      const violation = check(body);
      if (violation) throw new RenderFault(`${callback.action}: ${violation.path} ${violation.message}`, text);
      return text;
    },
  };
}
