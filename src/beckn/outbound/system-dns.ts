/** Resolves host names with the machine's resolver. */
import { lookup } from 'node:dns/promises';
import type { Dns } from '../../ports/http.js';

export function createSystemDns(): Dns {
  return {
    async resolve(host) {
      const answers = await lookup(host, { all: true, verbatim: true });
      return answers.map((answer) => answer.address);
    },
  };
}
