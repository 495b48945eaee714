/** `doctor`: looks for what keeps an installation from selling, and says what to do about it. */
import type { Finding } from '../../findings.js';
import type { Command, Context, Result } from '../frame/command.js';
import { wrap, type Style } from '../frame/style.js';
import type { CheckedPart } from './check.js';

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
    // Loaded here, because the checks need libsodium, which takes longer to load than most commands take to run.
    const { examine } = await import('./examine.js');
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
