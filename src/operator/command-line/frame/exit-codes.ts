/** Lists the exit codes of the command line; `docs/command-line.md` and the help show this table. */

export const EXIT_CODES = {
  done: { code: 0, meaning: 'The command did what it was asked, and found nothing wrong.' },
  found: { code: 1, meaning: 'It failed, or a check (`check`, `doctor`, an import) found something wrong.' },
  usage: { code: 2, meaning: 'The command line is wrong: a command, an option, a value, or a missing `--yes`.' },
  unreachable: { code: 3, meaning: 'No bridge runs there, or it does not answer.' },
  denied: { code: 4, meaning: 'The token is missing, wrong, or not allowed to do this.' },
  missing: { code: 5, meaning: 'The order, charge point or other thing does not exist.' },
  conflict: { code: 6, meaning: 'It is not possible in the present state, for example because something changed.' },
  interrupted: { code: 130, meaning: 'Ctrl-C, or another signal, ended the command before its result was printed.' },
} as const;

export type Exit = keyof typeof EXIT_CODES;

const EXIT_BY_STATUS: { readonly [status: number]: Exit } = {
  400: 'usage',
  401: 'denied',
  403: 'denied',
  404: 'missing',
  409: 'conflict',
  412: 'conflict',
};

/** Returns how a command exits if the bridge refuses its request with this HTTP status. */
export function exitOfStatus(status: number): Exit {
  return EXIT_BY_STATUS[status] ?? 'found';
}
