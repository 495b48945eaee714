import { ocppCheck, type Check, type OcppKind, type OcppVersionName } from '../../schema/validators.js';

/** Loads the compiled check when the first message of its kind comes: no socket pays for messages it never sees. */
export function lazyCheck(version: OcppVersionName, action: string, kind: OcppKind): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= ocppCheck(version, action, kind);
    if (!check) throw new Error(`no schema for the ${version} ${kind} of ${action}`);
    return check(value);
  };
}
