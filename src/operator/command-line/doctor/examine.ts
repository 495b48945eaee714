/** Runs all checks of the doctor, one after another. */
import type { BridgeClient } from '../frame/bridge-client.js';
import type { Context } from '../frame/command.js';
import { CommandFailure } from '../frame/failure.js';
import { ADDRESS_CHECK } from './address-check.js';
import { CALLBACK_CHECK, POWER_CHECK, READINESS_CHECK, REJECTED_CHECK } from './bridge-checks.js';
import type { Check, CheckedPart, CheckInput, CheckOutcome } from './check.js';
import { CLOCK_CHECK } from './clock-check.js';
import { DISK_CHECK } from './disk-check.js';
import { REGISTRY_CHECK } from './registry-check.js';
import { readInstallation } from './settings-check.js';
import { TLS_CHECK } from './tls-check.js';

const CHECKS: readonly Check[] = [
  REGISTRY_CHECK,
  ADDRESS_CHECK,
  CLOCK_CHECK,
  TLS_CHECK,
  DISK_CHECK,
  READINESS_CHECK,
  CALLBACK_CHECK,
  REJECTED_CHECK,
  POWER_CHECK,
];
const SETTINGS = 'settings and validators';

/** Runs every check. One that cannot run is reported as not tried, never left out. */
export async function examine(context: Context): Promise<readonly CheckedPart[]> {
  const { configFile, env, clock, random, progress } = context;
  const { findings, usable } = readInstallation(configFile, env);
  const settings = { name: SETTINGS, outcome: { findings } };
  if (!usable) return [settings, ...CHECKS.map(({ name }) => unusable(name))];
  const input: CheckInput = { ...usable, bridge: connect(context), clock, random };
  const parts: CheckedPart[] = [settings];
  for (const check of CHECKS) {
    progress(`doctor: ${check.name}`);
    parts.push({ name: check.name, outcome: await outcomeOf(check, input) });
  }
  return parts;
}

function unusable(name: string): CheckedPart {
  return { name, outcome: { findings: [], notTried: ['the settings cannot be used'] } };
}

function connect(context: Context): BridgeClient | { readonly notRunning: string } {
  try {
    return context.bridge();
  } catch (error) {
    if (error instanceof CommandFailure && error.exit === 'unreachable') return { notRunning: 'no bridge runs' };
    throw error;
  }
}

/** Reports a failed request as not tried, because it says nothing about what the check examines. */
async function outcomeOf(check: Check, input: CheckInput): Promise<CheckOutcome> {
  try {
    return await check.run(input);
  } catch (error) {
    if (error instanceof CommandFailure) return { findings: [], notTried: [error.report.message] };
    throw error;
  }
}
