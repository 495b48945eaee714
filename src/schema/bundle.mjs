// The program that `npm start` runs: our modules in a few files, because Node takes a millisecond to find and link each.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** What starts a process or a thread, and nothing else. */
const ENTRIES = { main: 'main.ts', 'writer-thread': 'store/sqlite/writer-thread.ts' };

/** Stay packages: those with files of their own (native code, a thread), and those that are loaded when needed. */
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

/** @param folder One below the one that has `validators/` beside it: modules find files relative to themselves. */
export async function bundleProgram(source, folder) {
  const input = Object.entries(ENTRIES)
    .map(([name, file]) => [name, join(source, file)])
    .filter(([, file]) => existsSync(file));
  const build = await rolldown({
    input: Object.fromEntries(input),
    platform: 'node',
    external: (id) => id.startsWith('node:') || isPackage(id),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await build.write({
    dir: folder,
    // A tenth of the start is saved: Node compiles a CommonJS file lazily, and links nothing.
    format: 'cjs',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await build.close();
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}
