/** Kills or stops the process when a named crash point is reached for the nth time; for fault tests only. */
import { armCrashPoint, CRASH_POINTS } from '../bridge/orders/crash-points.js';

/**
 * Reads `BRIDGE_CHAOS=point:n`, or `point:n:stop` for SIGSTOP instead of SIGKILL. Does nothing if it is not set.
 * @errors Throws if the point is unknown.
 */
export function armCrashFromEnvironment(env: NodeJS.ProcessEnv): void {
  const setting = env['BRIDGE_CHAOS'];
  if (setting === undefined || setting === '') return;
  const [point, nth, how] = setting.split(':');
  if (!CRASH_POINTS.some((known) => known === point))
    throw new Error(`BRIDGE_CHAOS names an unknown crash point: ${setting}`);
  let remaining = Number(nth ?? '1');
  armCrashPoint((reached) => {
    if (reached === point && --remaining === 0) process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL');
  });
}
