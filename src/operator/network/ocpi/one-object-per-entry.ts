/**
 * Refuses different OCPI objects that would become the same entry of the network, because the last would overwrite the
 * others.
 */
import { type Edit, originKey } from '../edits/edits.js';
import type { Fault } from '../edits/fault.js';

export class OneObjectPerEntry {
  readonly #subjects = new Map<string, string>();

  /**
   * Returns a fault if another object has become the same entry before. An object that is read again, for example on a
   * later page, may change its own entry.
   */
  check({ kind, key, origin: { file, subject } }: Edit): Fault | undefined {
    if (subject === undefined) return undefined;
    const entry = originKey(kind, key);
    const first = this.#subjects.get(entry) ?? subject;
    this.#subjects.set(entry, first);
    if (first === subject) return undefined;
    return { file, path: subject, rule: `becomes the ${kind.replace('-', ' ')} ${key}, and so does ${first}` };
  }
}
