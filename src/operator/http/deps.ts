/** Lists the dependencies of the operator's listener. */
import type { OutOfSale } from '../../bridge/charge-points/out-of-sale.js';
import type { OperatorCommands } from '../../bridge/charger-commands/operator-commands.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { ChargerAccess } from '../../ports/charger-access.js';
import type { Networks } from '../../ports/networks.js';
import type { Trials } from '../../ports/networks.js';
import type { Store } from '../../ports/store.js';
import type { Events } from '../../ports/events.js';
import type { Config } from '../../config/config.js';
import type { ReloadResult } from './reload-result.js';
import type { NetworkUpdates } from '../../bridge/network/network-updates.js';
import type { HttpClient } from '../../ports/http.js';
import type { Tokens } from './tokens.js';
import type { OperatorView } from './operator-view.js';

export interface OperatorDeps {
  readonly store: Store;
  readonly view: OperatorView;
  readonly commands: Pick<
    OperatorCommands,
    'send' | 'withRestartOutcome' | 'bootPolicy' | 'setBootPolicy' | 'clearQuarantine' | 'stop' | 'cancel' | 'close'
  >;
  readonly saleStops: Pick<OutOfSale, 'list' | 'get' | 'add' | 'end' | 'connectorsWithin'>;
  readonly access: ChargerAccess;
  readonly networks: Networks;
  /** Reads the settings and the network file again. @param by Who asked for the reload. */
  readonly reload: (by: string) => Promise<ReloadResult>;
  readonly networkUpdates: NetworkUpdates;
  /** Fetches data from other systems, such as an OCPI peer. */
  readonly http: HttpClient;
  readonly trials: Trials;
  readonly config: Config;
  readonly metrics: { readonly contentType: string; exposition(): Promise<string> };
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
  readonly tokens: Tokens;
  /** Returns why the bridge is mute, so that it refuses every change; `undefined` if it is not mute. */
  readonly mute?: () => string | undefined;
}
