/**
 * Checks that our public address in each network leads to this bridge, by looking for our subscriber id in the
 * response.
 */
import { networksOf } from '../../../config/config.js';
import { finding, type Finding } from '../../findings.js';
import { runningCheck } from './check.js';

const TIMEOUT_MS = 10_000;

export const ADDRESS_CHECK = runningCheck('public address', async (_bridge, { config }) => {
  const findings = await Promise.all(
    networksOf(config).map(({ subscriber }) => checkAddress(subscriber.id, subscriber.uri)),
  );
  return { findings: findings.flat() };
});

async function checkAddress(subscriberId: string, uri: string): Promise<readonly Finding[]> {
  try {
    const response = await fetch(uri, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    const text = await response.text();
    // The page at the base path of a bridge names its subscribers.
    if (response.status === 200 && text.includes(JSON.stringify(subscriberId))) return [];
    return [finding('address-unreachable', `${uri} answers ${response.status}, and not as ${subscriberId}.`)];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return [finding('address-unreachable', `${uri} does not answer: ${cause}.`)];
  }
}
