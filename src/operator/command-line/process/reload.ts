/** `reload`: makes the running bridge read its settings and the network file again. */
import { asList } from '../frame/bridge-client.js';
import type { Command, Context, Result } from '../frame/command.js';
import { formatFields } from '../frame/style.js';

export const RELOAD: Command = {
  name: 'reload',
  summary: 'Let the running bridge read its settings again; only removed charge points lose their sockets',
  details: 'All or nothing. What needs a restart is named. SIGHUP does the same.',
  examples: [
    { line: 'reload', meaning: 'Apply a changed settings file or network file.' },
    { line: 'reload --json', meaning: 'The same, for a program.' },
  ],
  needsBridge: true,
  async run({ bridge }: Context): Promise<Result> {
    const answer = await bridge().post('/api/reload');
    const names = (list: unknown): string | undefined =>
      Array.isArray(list) && list.length > 0 ? list.join(', ') : undefined;
    const unused = names(answer['withoutEffect']);
    return {
      json: answer,
      text: () =>
        formatFields([
          ['applied', names(answer['applied']) ?? 'nothing'],
          ['needs a restart', names(answer['needsRestart']) ?? 'nothing'],
          ['without effect', unused && `${unused}: a password that was set later stays in force`],
          ['what is sold', `${asList(answer['network']).length} changes`],
        ]),
    };
  },
};
