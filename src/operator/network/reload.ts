/** Reads the settings and the network file again while the bridge is running. */
import { countChanges } from '../../bridge/network/network-difference.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Acting } from '../http/endpoint.js';
import { bodyText } from '../http/request-body.js';

export function reloadSettings({ reload }: OperatorDeps): ReturnType<Acting['act']> {
  return async ({ body, person }) => {
    const result = await reload(bodyText(body, 'by') ?? person.name);
    if (!('problems' in result)) return { body: { ...result, networkCounts: countChanges(result.network) } };
    return {
      problem: {
        code: 'reload-invalid',
        message: 'The settings or the network file have problems; nothing was changed.',
        hint: 'Each problem names its setting or its place.',
        problems: result.problems,
      },
    };
  };
}
