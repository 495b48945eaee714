/** `subscribe`: registers us with the registry of a network. */
import { MAIN_NETWORK } from '../../../ports/networks.js';
import { asList } from '../frame/bridge-client.js';
import { cellText, timeText } from '../frame/amounts.js';
import { textOf, type Command, type Context, type Result } from '../frame/command.js';
import { formatTable, wrapLines } from '../frame/style.js';

export const SUBSCRIBE: Command = {
  name: 'subscribe',
  summary: 'Subscribe to the registry of a network, and answer its challenge for a day',
  details: 'A registry without such calls gets its record by hand: it is printed.',
  arguments: [{ name: 'network', description: `the network; default: ${MAIN_NETWORK}`, isOptional: true }],
  options: [
    { flags: '--key-id <id>', description: 'register this key; default: the newest' },
    { flags: '--wait-only', description: 'send nothing, and only answer the challenge of a form or portal' },
  ],
  examples: [
    { line: 'subscribe --wait-only', meaning: 'Wait for the challenge of a registry with a form.' },
    { line: 'subscribe main --key-id bridge-1 --json', meaning: 'Register a key, and print what was sent.' },
  ],
  needsBridge: true,
  async run({ bridge, arguments: { network }, options }: Context): Promise<Result> {
    const name = textOf(network) ?? MAIN_NETWORK;
    const keyId = textOf(options['keyId']);
    const body = { ...(keyId !== undefined && { keyId }), ...(options['waitOnly'] === true && { send: false }) };
    const answer = await bridge().post(`/api/networks/${encodeURIComponent(name)}/subscribe`, body);
    const calls = asList(answer['calls']);
    const records = asList(answer['records']);
    const rows = calls.map(({ path, status, response }) => [cellText(path), cellText(status), cellText(response)]);
    return {
      json: answer,
      text: (style) =>
        [
          ...(rows.length > 0 ? [formatTable(style, ['Call', 'Status', 'Answer'], rows, { prose: ['Answer'] })] : []),
          ...(calls.length === 0 && records.length > 0 ? ['The registry needs this record:'] : []),
          ...records.map((record) => JSON.stringify(record, undefined, 2)),
          answer['hint'] === undefined
            ? `A challenge is answered until ${timeText(answer['pendingUntil'])}.`
            : wrapLines(cellText(answer['hint']), style.width),
        ].join('\n'),
    };
  },
};
