/** What the operator's listener is built from. */
import type { OperatorCommands } from '../bridge/operator-commands.js';
import type { Clock } from '../bridge/ports/runtime.js';
import type { ChargerAccess } from '../bridge/ports/access.js';
import type { Networks } from '../bridge/ports/networks.js';
import type { Store } from '../bridge/ports/store.js';
import type { Events } from '../bridge/ports/observe.js';
import type { Config } from '../config/config.js';
import type { OperatorInsight } from './insight.js';

export interface OperatorDeps {
  readonly store: Store;
  readonly insight: OperatorInsight;
  readonly commands: Pick<OperatorCommands, 'send' | 'shown' | 'answerBoot' | 'clearQuarantine' | 'stop' | 'cancel'>;
  readonly access: ChargerAccess;
  readonly networks: Networks;
  readonly config: Config;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly events: Events;
  readonly clock: Pick<Clock, 'now'>;
  readonly token: string;
  /** Where the token is kept: told to whoever comes without it. */
  readonly tokenFile: string;
}
