// Loads the simulation with or without one planted bug. The source changes only while it is loaded; no file does.
import { bundleSimulation } from '../load.mjs';

/**
 * Creates a plugin for vite or rolldown that plants one bug.
 * @errors Throws unless each snippet occurs exactly once. If the source has changed, the planted bug must follow.
 */
export function plant(bug) {
  const missing = new Set(bug.edits);
  return {
    name: 'planted-bug',
    enforce: 'pre',
    transform(code, id) {
      const path = id.split('?')[0];
      let changed = code;
      for (const edit of bug.edits) {
        if (!path.endsWith(`/src/${edit.file}`)) continue;
        const times = changed.split(edit.find).length - 1;
        if (times !== 1) throw new Error(`${edit.file} has the snippet ${times} times: ${edit.find}`);
        changed = changed.replace(edit.find, () => edit.put);
        missing.delete(edit);
      }
      return changed === code ? undefined : { code: changed };
    },
    /** @errors Throws if a file that the bug changes has not been loaded. */
    assertPlanted() {
      if (missing.size > 0) throw new Error(`not loaded: ${[...missing].map(({ file }) => file).join(', ')}`);
    },
  };
}

/**
 * @param bug The bug to plant; without one, the source is unchanged.
 * @errors Throws if a file that the bug changes is not loaded.
 */
export async function loadSimulation(bug) {
  const plugin = bug && plant(bug);
  const { simulate, check, PLANTED_BUGS, close } = await bundleSimulation(plugin ? [plugin] : []);
  try {
    plugin?.assertPlanted();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    PLANTED_BUGS,
    close,
    /** Runs one seed. Returns the run and all its violations, those that the bridge itself reports among them. */
    async judge(seed, faults) {
      const run = await simulate(seed, { faults });
      const bugs = run.bugs.map((problem) => ({ invariant: 'bug', seed, problem }));
      return { run, found: [...check(run), ...bugs] };
    },
  };
}

/**
 * Looks for the first seed that shows the planted bug and has no violation in the unchanged source. If every seed that
 * shows it has such violations, returns the first one with them as `unclean`; `undefined` if no seed shows it.
 */
export async function seek(bug, clean, seeds) {
  const planted = await loadSimulation(bug);
  try {
    return await compare(bug, { planted, clean }, seeds);
  } finally {
    await planted.close();
  }
}

/** Does the work of `seek` with a loaded simulation. */
export async function compare(bug, { planted, clean }, seeds) {
  let firstUnclean;
  for (let seed = 1; seed <= seeds; seed++) {
    const judged = await planted.judge(seed, bug.faults);
    const found = judged.found.filter(({ invariant }) => bug.invariants?.includes(invariant) ?? true);
    if (found.length === 0) continue;
    const unplanted = await clean.judge(seed, bug.faults);
    const invariants = [...new Set(found.map((one) => one.invariant))];
    if (unplanted.found.length === 0) return { seed, invariants, found };
    firstUnclean ??= { seed, invariants, found, unclean: unplanted.found };
  }
  return firstUnclean;
}
