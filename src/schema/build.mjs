#!/usr/bin/env node
// The project's build: the validators, then TypeScript to dist, module by module and (`program/`) in a few files. Standard output stays empty, whatever happens.
//   (no flag)      all of it, from nothing
//   --if-stale     all of it, when a source changed since the last build
//   --if-possible  like --if-stale, and no error where there is no compiler (an installation without dev tools)
//   --validators   the validators alone, when a schema changed
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const dist = join(root, 'dist');
const say = (text) => process.stderr.write(`build: ${text}\n`);

const DRAFT = /^dist\.(validators|program)-\d+$/;
const ASSET = /\.(html|css|svg|json)$/;
const SCHEMAS = ['ocpp-schemas', 'beckn-schemas', 'config/config.schema.json', 'config/network.schema.json'];
const SCHEMA_SOURCES = [...SCHEMAS, 'src/schema/generate.mjs', 'package.json'];
const ALL_SOURCES = ['src', ...SCHEMAS, 'tsconfig.json', 'package.json', 'package-lock.json'];

function* filesUnder(path) {
  if (!statSync(path).isDirectory()) return yield path;
  for (const entry of readdirSync(path)) yield* filesUnder(join(path, entry));
}

const sourceFiles = (sources) =>
  sources
    .map((source) => join(root, source))
    .filter((path) => existsSync(path))
    .flatMap((path) => [...filesUnder(path)])
    .filter((path) => !path.endsWith('.md'))
    .sort();

/** Two fingerprints: sizes and times (quick to take), contents (true when only the times moved, as after a clone). */
const quickPrint = (files) =>
  digest(
    files.map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${relative(root, file)}:${size}:${mtimeMs}`;
    }),
  );
const truePrint = (files) => digest(files.flatMap((file) => [relative(root, file), readFileSync(file)]));

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function readStamp(name) {
  try {
    return JSON.parse(readFileSync(join(dist, name), 'utf8'));
  } catch {
    return undefined;
  }
}

function isFresh(name, sources) {
  const stamp = readStamp(name);
  if (!stamp) return false;
  const files = sourceFiles(sources);
  const quick = quickPrint(files);
  if (quick === stamp.quick) return true;
  if (truePrint(files) !== stamp.contents) return false;
  writeAtomically(join(dist, name), JSON.stringify({ ...stamp, quick }));
  return true;
}

/** Taken before a build reads its sources, so that a change made meanwhile counts as newer. */
const stampOf = (sources) => {
  const files = sourceFiles(sources);
  return JSON.stringify({ quick: quickPrint(files), contents: truePrint(files) });
};

function writeAtomically(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

/** Moves what `from` holds over `to` file by file, so that no file is ever missing or half; then drops what is gone. */
function install(from, to, keep = () => false) {
  const wanted = new Set([...filesUnder(from)].map((file) => relative(from, file)));
  for (const file of wanted) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    renameSync(join(from, file), join(to, file));
  }
  for (const file of filesUnder(to)) {
    const name = relative(to, file);
    if (!wanted.has(name) && !keep(name)) rmSync(file, { force: true });
  }
  rmSync(from, { recursive: true, force: true });
}

/** Beside dist and as deep as dist, for the relative paths in the source maps. */
const draftFolder = (name) => {
  const folder = join(root, `dist.${name}-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

async function buildValidators() {
  const stamp = stampOf(SCHEMA_SOURCES);
  const { generateValidators } = await import('./generate.mjs');
  const draft = draftFolder('validators');
  generateValidators(root, draft, flag === '' ? undefined : join(dist, 'validators'));
  mkdirSync(join(dist, 'validators'), { recursive: true });
  install(draft, join(dist, 'validators'));
  writeAtomically(join(dist, '.validators-stamp'), stamp);
}

const compiler = () => {
  try {
    return createRequire(join(root, 'package.json')).resolve('typescript/lib/tsc.js');
  } catch {
    return undefined;
  }
};

async function buildProgram(tsc) {
  const stamp = stampOf(ALL_SOURCES);
  const draft = draftFolder('program');
  const run = spawnSync(process.execPath, [tsc, '-p', root, '--outDir', draft], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) {
    process.stderr.write(run.stdout + run.stderr);
    return false;
  }
  const src = join(root, 'src');
  for (const file of filesUnder(src)) {
    if (!ASSET.test(file)) continue;
    const target = join(draft, relative(src, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
  const { bundleProgram } = await import('./bundle.mjs');
  await bundleProgram(src, join(draft, 'program'));
  install(draft, dist, (name) => name.startsWith('validators') || name.startsWith('.'));
  writeAtomically(join(dist, '.build-stamp'), stamp);
  return true;
}

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** One build at a time: the others wait for it, and then mostly find that nothing is left to do. */
function lock() {
  mkdirSync(dist, { recursive: true });
  const file = join(dist, '.lock');
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid)); // linked into place whole: nobody ever reads an empty lock
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let said = false; !link(own, file);) {
    const text = readIfThere(file);
    if (text === undefined) continue; // let go just now
    const holder = Number(text);
    // Our own number in it was a killed build's: containers give the same numbers again.
    if (holder === process.pid || !alive(holder)) rmSync(file, { force: true });
    else if (!said) said = say(`another build (process ${holder}) runs, waiting for it`);
    Atomics.wait(pause, 0, 0, 100);
  }
  rmSync(own);
  process.once('exit', () => rmSync(file, { force: true }));
  for (const entry of readdirSync(root)) {
    if (DRAFT.test(entry)) rmSync(join(root, entry), { recursive: true, force: true }); // a killed build's
  }
}

function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const flag = process.argv[2] ?? '';
const validatorsFresh = () => isFresh('.validators-stamp', SCHEMA_SOURCES);
const programFresh = () => isFresh('.build-stamp', ALL_SOURCES) && validatorsFresh();

async function main() {
  if (flag === '--validators') {
    if (validatorsFresh()) return 0;
    lock();
    if (!validatorsFresh()) await buildValidators();
    return 0;
  }
  if (!['', '--if-stale', '--if-possible'].includes(flag)) {
    say(`${flag} is not one of --if-stale, --if-possible, --validators`);
    return 2;
  }
  if (flag !== '' && programFresh()) return 0;
  const tsc = compiler();
  if (!tsc) {
    if (flag === '--if-possible') return 0;
    say('typescript is not installed: run npm ci (with dev dependencies) first');
    return 1;
  }
  lock();
  if (flag !== '' && programFresh()) return 0;
  if (flag === '' || !validatorsFresh()) await buildValidators();
  if (await buildProgram(tsc)) return 0;
  say('TypeScript found errors; dist keeps the last program that compiled');
  return flag === '--if-possible' ? 0 : 1; // a failing `prepare` would leave the newcomer without node_modules
}

process.exitCode = await main();
