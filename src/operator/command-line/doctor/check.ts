/** Defines one check of the doctor, and what it may use. */
import type { Config, Secrets } from '../../../config/config.js';
import type { Network } from '../../../domain/model/network.js';
import type { Clock, Random } from '../../../ports/runtime.js';
import type { Finding } from '../../findings.js';
import type { BridgeClient } from '../frame/bridge-client.js';

export interface CheckInput {
  readonly config: Config;
  readonly secrets: Secrets;
  /** What is for sale by the network file; `undefined` without one, or if it cannot be read. */
  readonly network: Network | undefined;
  /** The running bridge, or why there is none. */
  readonly bridge: BridgeClient | { readonly notRunning: string };
  readonly clock: Clock;
  readonly random: Random;
}

/** A check finds something, finds nothing, or says why it could not be tried. Both may be true of its parts. */
export interface CheckOutcome {
  readonly findings: readonly Finding[];
  readonly notTried?: readonly string[];
}

/** A check that was made, with what came of it. */
export interface CheckedPart {
  readonly name: string;
  readonly outcome: CheckOutcome;
}

export interface Check {
  /** What is looked at, such as `keys and registry`. */
  readonly name: string;
  run(input: CheckInput): Promise<CheckOutcome>;
}

export function notTried(...reasons: readonly string[]): CheckOutcome {
  return { findings: [], notTried: reasons };
}

/** Makes a check that asks the running bridge; without one it is not tried. */
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
