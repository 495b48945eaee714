// Generates the validators while tsc compiles, copies the assets, then bundles the program (`npm run build`).
// Passes its arguments to tsc. Messages go to stderr; stdout is left to the program that runs next.
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleProgram } from './bundle.mjs';
import { generateValidators } from './generate-validators.mjs';

const root = join(import.meta.dirname, '..');
const [src, dist] = [join(root, 'src'), join(root, 'dist')];
const ASSET = /\.(html|css|svg|json)$/;

rmSync(dist, { recursive: true, force: true });

const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
const compiler = spawn(
  process.execPath,
  [tsc, '-p', join(root, 'scripts/tsconfig.build.json'), ...process.argv.slice(2)],
  { stdio: ['ignore', 2, 2] },
);
const compiled = once(compiler, 'exit');
generateValidators(root, join(dist, 'validators'));
const [code] = await compiled;
if (code !== 0) process.exit(1);

cpSync(src, dist, { recursive: true, filter: (path) => statSync(path).isDirectory() || ASSET.test(path) });
await bundleProgram(src, join(dist, 'program'));

// A linked program stays runnable after the next build.
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
for (const file of Object.values(bin).map((path) => join(root, path))) if (existsSync(file)) chmodSync(file, 0o755);
