/** `version`: shows the versions of the program and of Node. */
import { programVersion } from '../../../config/program-version.js';
import type { Command } from '../frame/command.js';
import { formatFields } from '../frame/style.js';

export const VERSION: Command = {
  name: 'version',
  summary: 'Show the version of the program and of Node',
  examples: [
    { line: 'version', meaning: 'Show the versions.' },
    { line: 'version --json', meaning: 'The same, for a program.' },
  ],
  run() {
    const json = {
      version: programVersion(),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    const text = formatFields([
      ['beckn-ocpp-bridge', json.version],
      ['node', json.node],
      ['platform', json.platform],
    ]);
    return Promise.resolve({ json, text: () => text });
  },
};
