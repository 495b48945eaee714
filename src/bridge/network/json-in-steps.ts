/** Serialises a large JSON value in steps. */
import type { Steps } from '../../domain/model/object.js';

/**
 * Works like `JSON.stringify`, but yields after each member of the outer arrays and objects.
 * @param value Plain JSON. Members that are undefined are left out.
 * @param depth How many levels are serialised member by member.
 */
export function* jsonInSteps(value: unknown, depth: number): Steps<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pieces: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      pieces.push(yield* jsonInSteps(item, depth - 1));
      yield;
    }
    return `[${pieces.join(',')}]`;
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    pieces.push(`${JSON.stringify(name)}:${yield* jsonInSteps(member, depth - 1)}`);
    yield;
  }
  return `{${pieces.join(',')}}`;
}
