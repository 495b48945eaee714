// Bundles the simulation from its sources, so that it starts within a second and needs no build of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '../..');

/** Keeps the original URL of each module, and resolves packages from the source folder, as the bundle is elsewhere. */
const inPlace = {
  name: 'in-place',
  resolveId(id) {
    if (id.startsWith('.') || id.startsWith('/') || id.startsWith('node:')) return undefined;
    return { id: import.meta.resolve(id), external: true };
  },
  transform(code, id) {
    if (!code.includes('import.meta')) return undefined;
    const url = JSON.stringify(pathToFileURL(id).href);
    return code.replaceAll('import.meta.url', url).replaceAll('import.meta.dirname', JSON.stringify(dirname(id)));
  },
};

/**
 * @param plugins Rolldown plugins that change the sources.
 * @returns The exports of the simulation, and `close`, which removes the bundle.
 */
export async function bundleSimulation(plugins = []) {
  const folder = await mkdtemp(join(tmpdir(), 'simulation-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const input = ['simulation.ts', 'checks/checker.ts', 'planted/all.ts'].map((path) =>
      join(import.meta.dirname, path),
    );
    const bundle = await rolldown({ input, cwd: root, platform: 'node', plugins: [...plugins, inPlace] });
    await bundle.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: 'chunk-[hash].mjs',
    });
    await bundle.close();
    const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
    const { simulate } = await load('simulation');
    const { check } = await load('checker');
    const { PLANTED_BUGS } = await load('all');
    return { simulate, check, PLANTED_BUGS, close };
  } catch (error) {
    await close();
    throw error;
  }
}
