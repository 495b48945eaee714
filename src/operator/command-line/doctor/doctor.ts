/** `doctor`: looks for what keeps an installation from selling, and says what to do about it. */
import type { Finding } from '../../findings.js';
import type { BridgeClient } from '../frame/bridge-client.js';
import type { Command, Context, Result } from '../frame/command.js';
import { CommandFailure } from '../frame/failure.js';
import { wrap, type Style } from '../frame/style.js';
import { ADDRESS_CHECK } from './address-check.js';
import { CALLBACK_CHECK, POWER_CHECK, READINESS_CHECK, REJECTED_CHECK } from './bridge-checks.js';
import type { Check, CheckInput, CheckOutcome } from './check.js';
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

interface CheckedPart {
  readonly name: string;
  readonly outcome: CheckOutcome;
}

export const DOCTOR: Command = {
  name: 'doctor',
  summary: 'Look for what keeps the bridge from selling, and say what to do',
  details:
    'It reads the settings, asks the registry, and asks the bridge if it runs. What could not be tried is listed as ' +
    'not tried. The exit code is 1 if anything was found.',
  examples: [
    { line: 'doctor', meaning: 'Check the installation.' },
    { line: 'doctor --json', meaning: 'The same, for a program: findings with code, severity and remedy.' },
  ],
  needsBridge: true,
  async run(context: Context): Promise<Result> {
    const parts = await examine(context);
    const findings = parts.flatMap(({ outcome }) => outcome.findings);
    const notTried = parts.flatMap(({ name, outcome }) =>
      (outcome.notTried ?? []).map((reason) => ({ check: name, reason })),
    );
    return {
      json: { ok: findings.length === 0, findings, notTried, checked: parts.map(({ name }) => name) },
      text: (style) => partsText(style, parts),
      ...(findings.length > 0 && { exit: 'found' as const }),
    };
  },
};

async function examine(context: Context): Promise<readonly CheckedPart[]> {
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

/** A bridge that cannot be asked is no finding about the part that was to be looked at. */
async function outcomeOf(check: Check, input: CheckInput): Promise<CheckOutcome> {
  try {
    return await check.run(input);
  } catch (error) {
    if (error instanceof CommandFailure) return { findings: [], notTried: [error.report.message] };
    throw error;
  }
}

function partsText(style: Style, parts: readonly CheckedPart[]): string {
  const width = style.width ?? 100;
  const lines = parts.flatMap(({ name, outcome: { findings, notTried = [] } }) => [
    ...findings.flatMap((found) => findingLines(style, found, width)),
    ...notTried.map(
      (reason) => `${style.colour('dim', '– not tried')}  ${wrap(`${name}: ${reason}`, width - 13, '             ')}`,
    ),
    ...(findings.length === 0 && notTried.length === 0 ? [`${style.colour('green', '✓ well')}       ${name}`] : []),
  ]);
  const count = parts.reduce((sum, { outcome }) => sum + outcome.findings.length, 0);
  return [...lines, '', count === 0 ? 'Nothing is wrong.' : `${count} found.`].join('\n');
}

function findingLines(style: Style, { code, severity, title, message, remedy }: Finding, width: number): string[] {
  const mark = severity === 'error' ? style.colour('red', '✗ error') : style.colour('yellow', '! warning');
  const indent = ' '.repeat(13);
  const gap = ' '.repeat(13 - (severity === 'error' ? 7 : 9));
  return [
    `${mark}${gap}${wrap(`${title} (${code})`, width - 13, indent)}`,
    `${indent}${wrap(message, width - 13, indent)}`,
    `${indent}${wrap(`→ ${remedy}`, width - 13, indent)}`,
  ];
}
