/** Finds the name that a user probably meant. */

/**
 * @returns The most similar known name, if it is similar enough; otherwise one that contains `given`, if `given` has at
 *          least three letters or digits; otherwise `undefined`. Case and punctuation are ignored.
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const plain = normalise(given);
  const ranked = known
    .map((name) => ({ name, distance: distanceBetween(plain, normalise(name)) }))
    .filter(({ name, distance }) => distance <= maxDistance(plain, name))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name ?? known.find((name) => plain.length >= 3 && normalise(name).includes(plain));
}

/** A name may differ in a third of its letters, or in two if that is more, but in no more than half of those given. */
function maxDistance(given: string, name: string): number {
  return Math.min(Math.max(2, name.length / 3), given.length / 2);
}

const MAX_LENGTH = 64;

function normalise(name: string): string {
  return name
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Returns the number of letters to insert, remove or replace (Levenshtein distance). */
function distanceBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
