/** Says what a reload of the settings has changed. */
import type { Change } from '../../bridge/network/network-difference.js';

export type ReloadResult =
  /** Nothing was changed. */
  | { readonly problems: readonly string[] }
  | {
      /** The changed settings that have taken effect. */
      readonly applied: readonly string[];
      /** The changed settings that take effect only after a restart. */
      readonly needsRestart: readonly string[];
      /** Changed passwords of charge points for which another password was set later, which stays valid. */
      readonly withoutEffect: readonly string[];
      /** The changes made by the network file. */
      readonly network: readonly Change[];
    };
