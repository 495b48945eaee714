/**
 * Compares this machine's clock with that of the first registry that is asked over HTTP, because signatures are valid
 * only from `created` to `expires`.
 */
import { networksOf } from '../../../config/config.js';
import { finding } from '../../findings.js';
import { notTried, type Check } from './check.js';

const TIMEOUT_MS = 10_000;
/** Allows for the whole-second resolution of the `Date` header and for the time that the response takes. */
const TOLERANCE_MS = 5_000;

export const CLOCK_CHECK: Check = {
  name: 'clock',
  async run({ config, clock }) {
    const urls = networksOf(config).flatMap(({ registry }) => (registry.kind === 'file' ? [] : (registry.url ?? [])));
    const [url] = urls;
    if (url === undefined) return notTried('no registry is asked over the network, so no other clock is known');
    const read = await readDate(url);
    if ('problem' in read) return notTried(`the registry gives no time: ${read.problem}`);
    const fastByMs = clock.now() - read.at;
    const allowedMs = Math.max(TOLERANCE_MS, (config.signature.skewS * 1000) / 2);
    if (Math.abs(fastByMs) <= allowedMs) return { findings: [] };
    const seconds = Math.round(Math.abs(fastByMs) / 1000);
    const side = fastByMs > 0 ? 'ahead of' : 'behind';
    return { findings: [finding('clock-off', `It is ${seconds} s ${side} that of ${new URL(url).host}.`)] };
  },
};

/** Reads the `Date` header of the registry's response. @unit `at` is in epoch ms. */
async function readDate(url: string): Promise<{ readonly at: number } | { readonly problem: string }> {
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    const at = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(at) ? { problem: 'its answer has no Date header' } : { at };
  } catch (error) {
    return { problem: error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error) };
  }
}
