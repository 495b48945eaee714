/** Defines the options that say who changes what is sold, and why. Both are stored with the version. */
import { textOf, type Context, type Option } from '../frame/command.js';

export const AUTHOR_OPTIONS: readonly Option[] = [
  { flags: '--reason <text>', description: 'why; it is kept with the version' },
  { flags: '--by <name>', description: 'who; default: the name of the user here' },
];

export function authorOf({ options, env }: Pick<Context, 'options' | 'env'>): object {
  const reason = textOf(options['reason']);
  const by = textOf(options['by']) ?? env['USER'] ?? env['USERNAME'];
  return { ...(reason !== undefined && { reason }), ...(by !== undefined && by !== '' && { by }) };
}
