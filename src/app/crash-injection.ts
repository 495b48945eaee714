/** For the fault run only: dies, as by `kill -9`, when a named moment is reached for the nth time. */
import { armChaos, CHAOS_POINTS } from '../bridge/orders/crash-points.js';

/** `BRIDGE_CHAOS=point:n` arms it; unset, nothing happens. @errors An unknown point is refused at start. */
export function armChaosFromEnvironment(env: NodeJS.ProcessEnv): void {
  const wanted = env['BRIDGE_CHAOS'];
  if (wanted === undefined || wanted === '') return;
  const [point, nth] = wanted.split(':');
  if (!CHAOS_POINTS.some((known) => known === point)) throw new Error(`BRIDGE_CHAOS names no known point: ${wanted}`);
  let left = Number(nth ?? '1');
  armChaos((reached) => {
    if (reached === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  });
}
