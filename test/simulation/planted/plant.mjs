// Loads the simulation with one planted bug, or without: the source is changed while it is loaded, and no file is.
import { bundleSimulation } from '../load.mjs';

/**
 * A plugin, of vite or rolldown, that undoes one mend.
 * @throws When a snippet does not occur exactly once: the source has moved on, and the planted bug must follow.
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
    /** The edits whose files were not loaded. */
    missing,
  };
}

/** @param bug Absent: the source as it is. */
export async function loadSimulation(bug) {
  const plugin = bug && plant(bug);
  const { simulate, check, PLANTED_BUGS, close } = await bundleSimulation(plugin ? [plugin] : []);
  if (plugin && plugin.missing.size > 0) {
    await close();
    throw new Error(`not loaded: ${[...plugin.missing].map(({ file }) => file).join(', ')}`);
  }
  return {
    PLANTED_BUGS,
    close,
    /** What is wrong in one run. */
    async judge(seed, faults) {
      const run = await simulate(seed, { faults });
      const bugs = run.bugs.map((problem) => ({ invariant: 'bug', seed, problem }));
      return { run, found: [...check(run), ...bugs] };
    },
  };
}

/** Looks for the first seed in which the planted bug is found and the source as it is has no violation. */
export async function seek(bug, clean, seeds) {
  const planted = await loadSimulation(bug);
  try {
    let unclean;
    for (let seed = 1; seed <= seeds; seed++) {
      const judged = await planted.judge(seed, bug.faults);
      const found = judged.found.filter(({ invariant }) => bug.invariants?.includes(invariant) ?? true);
      if (found.length === 0) continue;
      const unplanted = await clean.judge(seed, bug.faults);
      if (unplanted.found.length === 0)
        return { seed, invariants: [...new Set(found.map((one) => one.invariant))], found };
      unclean ??= unplanted.found;
    }
    return unclean && { seed: 0, invariants: [], found: [], unclean };
  } finally {
    await planted.close();
  }
}
