import { ocppCheck, type Check } from '../../schema/validators.js';

/** Loads the compiled check when the first message of its kind comes: no socket pays for messages it never sees. */
export function lazyCheck(action: string, kind: 'request' | 'response'): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= ocppCheck('1.6', action, kind);
    if (!check) throw new Error(`no schema for the 1.6 ${kind} of ${action}`);
    return check(value);
  };
}
