/** Reads the settings and the network file again while running. */
import type { RequestHandler } from 'express';
import type { OperatorDeps } from '../http/deps.js';
import { bodyText } from './send-results.js';
import { countChanges } from '../../bridge/network/network-difference.js';

export function reloadSettings({ reload }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const result = await reload(bodyText(req, 'by') ?? 'operator');
    if ('problems' in result) {
      return void res.status(422).json({
        error: 'reload-invalid',
        message: 'The settings or the network file have problems; nothing was changed.',
        hint: 'Each problem names its setting or its place.',
        problems: result.problems,
      });
    }
    res.json({ ...result, networkCounts: countChanges(result.network) });
  };
}
