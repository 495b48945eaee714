// Bundles the program for `npm start` into a few files, because Node takes about a millisecond to load each module.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** The modules that start a process or a thread. */
const ENTRIES = {
  main: 'main.ts',
  'writer-thread': 'store/sqlite/writer-thread.ts',
  'yaml-thread': 'operator/network/yaml-thread.ts',
};

/** Packages left out of the bundle: those with other files (native code, a thread) and those loaded on demand. */
const PACKAGES = [
  '@peculiar/x509',
  '@photostructure/sqlite',
  'ajv',
  'axios',
  'express',
  'libsodium-wrappers',
  'mongoose',
  'pino',
  'prom-client',
  'reflect-metadata',
  'undici',
];
const isPackage = (id) => PACKAGES.some((name) => id === name || id.startsWith(`${name}/`));

/** @param folder A direct subfolder of dist, like `validators/`, because modules find files relative to themselves. */
export async function bundleProgram(source, folder) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(source, file)])),
    platform: 'node',
    external: (id) => id.startsWith('node:') || isPackage(id),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await build.write({
    dir: folder,
    // Starts a tenth faster than ESM, because Node compiles CommonJS lazily and has no modules to link.
    format: 'cjs',
    // Comments are a fifth of the text, which Node would scan at each start.
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await build.close();
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}
