/** Describes what a reload of the settings has changed. */
import type { Change } from '../../bridge/network/network-difference.js';

export type ReloadResult =
  /** Nothing was changed. */
  | { readonly problems: readonly string[] }
  | {
      /** The changed settings that have taken effect. */
      readonly applied: readonly string[];
      /** The changed settings that take effect only after a restart. */
      readonly needsRestart: readonly string[];
      /** The changed passwords that have no effect, because a password that was set later stays valid. */
      readonly withoutEffect: readonly string[];
      /** What the network file has changed. */
      readonly network: readonly Change[];
    };
