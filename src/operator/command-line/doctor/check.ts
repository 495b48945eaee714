/** Defines a check of `doctor`, its input and its outcome. */
import type { Config, Secrets } from '../../../config/config.js';
import type { Network } from '../../../domain/model/network.js';
import type { Clock, Random } from '../../../ports/runtime.js';
import type { Finding } from '../../findings.js';
import type { BridgeClient } from '../frame/bridge-client.js';

export interface CheckInput {
  readonly config: Config;
  readonly secrets: Secrets;
  /** What is for sale according to the network file; `undefined` if there is no file or it cannot be read. */
  readonly network: Network | undefined;
  /** The running bridge, or why there is none. */
  readonly bridge: BridgeClient | { readonly notRunning: string };
  readonly clock: Clock;
  readonly random: Random;
}

/** What a check found, and why it could not try some parts. Both may be present. */
export interface CheckOutcome {
  readonly findings: readonly Finding[];
  readonly notTried?: readonly string[];
}

export interface CheckedPart {
  readonly name: string;
  readonly outcome: CheckOutcome;
}

export interface Check {
  /** What the check looks at, such as `keys and registry`. */
  readonly name: string;
  run(input: CheckInput): Promise<CheckOutcome>;
}

export function notTried(...reasons: readonly string[]): CheckOutcome {
  return { findings: [], notTried: reasons };
}

/** Makes a check that asks the running bridge. If no bridge runs, the check is reported as not tried. */
export function runningCheck(
  name: string,
  run: (bridge: BridgeClient, input: CheckInput) => Promise<CheckOutcome>,
): Check {
  return {
    name,
    run: (input) =>
      'notRunning' in input.bridge ? Promise.resolve(notTried(input.bridge.notRunning)) : run(input.bridge, input),
  };
}
