/** Says what a reload of the settings has changed. */
import type { Change } from '../../bridge/network/network-difference.js';

export type ReloadResult =
  /** Nothing was changed. */
  | { readonly problems: readonly string[] }
  | {
      /** The changed settings that are in force now. */
      readonly applied: readonly string[];
      /** The changed settings that are in force only after a restart. */
      readonly needsRestart: readonly string[];
      /** Changed passwords of charge points that have another one, which was set later and stays in force. */
      readonly withoutEffect: readonly string[];
      /** What the network file changed. */
      readonly network: readonly Change[];
    };
