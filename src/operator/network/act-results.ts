/** Turns the results of network changes into API responses. */
import { type Change, countChanges } from '../../bridge/network/network-difference.js';
import type { Authorship, NetworkUpdates, UpdateResult } from '../../bridge/network/network-updates.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import type { Problem } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import type { Fault } from './edits/fault.js';

/** How many faults are listed. Further ones are counted but left out, because a longer list would help nobody. */
const MAX_FAULTS = 1000;

/** Reads who makes a change and why. If the body names nobody, the name of the token is used. */
export function readAuthorship({ person, body }: Pick<ActRequest, 'person' | 'body'>, source: string): Authorship {
  return { by: bodyText(body, 'by') ?? person.name, reason: bodyText(body, 'reason') ?? '', source };
}

export function fileRules({ networkFile }: Pick<NetworkUpdates, 'networkFile'>): Problem {
  return {
    code: 'network-file-rules',
    message: `What is sold stands in ${networkFile ?? 'the network file'}, and only there.`,
    hint: 'Change that file and reload (POST /api/reload or SIGHUP). To import instead, remove networkFile from the settings and restart: the network stays as it is, because its versions are in the store.',
  };
}

export function faultsProblem(
  faults: readonly Fault[],
  more: { readonly difference?: readonly Change[]; readonly files?: readonly object[] } = {},
): Problem {
  return {
    code: 'import-invalid',
    message:
      faults.length === 1
        ? 'There is 1 fault; nothing was changed.'
        : `There are ${faults.length} faults; nothing was changed.`,
    hint: 'Each fault says where it is and which rule it breaks. Mend them all, and send it again.',
    ...more,
    faults: faults.slice(0, MAX_FAULTS),
    faultCount: faults.length,
  };
}

/** Builds the response to any change of the network except an import. */
export function updateResult(updates: NetworkUpdates, result: UpdateResult): ActResult {
  if ('refused' in result) {
    if (result.refused === 'network-file-rules') return { problem: fileRules(updates) };
    const isMissing = result.refused === 'no-such-version';
    return {
      problem: {
        code: isMissing ? 'not-found' : 'nothing-to-undo',
        message: isMissing ? 'There is no such version.' : 'There is no earlier version to go back to.',
        hint: 'GET /api/network/versions lists them.',
      },
    };
  }
  if ('problems' in result)
    return { problem: faultsProblem(result.problems.map(({ problem }) => ({ rule: problem }))) };
  const { difference, version } = result;
  return {
    body: { changed: version !== undefined, ...(version && { version }), counts: countChanges(difference), difference },
  };
}
