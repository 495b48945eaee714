/** The build, run for real in a small copy of the project. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function copy({ modules = true } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'build-test-'));
  folders.push(root);
  const schemas = ['config/config.schema.json', 'config/network.schema.json'];
  for (const file of [
    'package.json',
    'tsconfig.json',
    'src/schema/build.mjs',
    'src/schema/bundle.mjs',
    'src/schema/generate.mjs',
    ...schemas,
  ]) {
    cpSync(join(project, file), join(root, file));
  }
  const set = (kind: string, name: string, file: string) => {
    mkdirSync(join(root, kind, name), { recursive: true });
    for (const one of ['types.json', file]) cpSync(join(project, kind, name, one), join(root, kind, name, one));
  };
  set('ocpp-schemas', '1.6', 'Authorize.json');
  set('beckn-schemas', 'uei-charging-1.0.0', 'on_track.json');
  writeFileSync(join(root, 'src/main.ts'), 'export const answer: number = 42;\n');
  writeFileSync(join(root, 'src/page.html'), '<p>hello</p>\n');
  if (modules) symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  return root;
}

const build = (root: string, ...flags: string[]) =>
  spawnSync(process.execPath, ['src/schema/build.mjs', ...flags], { cwd: root, encoding: 'utf8' });

const started = (root: string, ...flags: string[]) =>
  new Promise<number | null>((resolve) => {
    spawn(process.execPath, ['src/schema/build.mjs', ...flags], { cwd: root }).on('exit', (code) => resolve(code));
  });

describe('build.mjs', () => {
  it('builds the program, its assets and the validators, and says nothing on standard output', () => {
    const root = copy();
    const run = build(root);
    expect([run.status, run.stdout]).toEqual([0, '']);
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain('answer = 42');
    expect(readFileSync(join(root, 'dist/main.js.map'), 'utf8')).toContain('"../src/main.ts"');
    expect(existsSync(join(root, 'dist/page.html'))).toBe(true);
    expect(readdirSync(join(root, 'dist/validators/ocpp-1.6')).sort()).toEqual([
      'Authorize.request.cjs',
      'Authorize.request.json',
      'Authorize.response.cjs',
      'Authorize.response.json',
      'index.json',
    ]);
    expect(readdirSync(root).filter((name) => name.startsWith('dist.'))).toEqual([]);
    expect(readdirSync(join(root, 'dist')).filter((name) => name.startsWith('.lock'))).toEqual([]);
  });

  it('--if-stale builds again when a source changed, not when only its time did', () => {
    const root = copy();
    const stamp = () => readFileSync(join(root, 'dist/.build-stamp'), 'utf8');
    const mark = join(root, 'dist/page.html');
    build(root, '--if-stale');
    writeFileSync(mark, 'untouched');
    const first = stamp();
    utimesSync(join(root, 'src/main.ts'), 1, 1);
    expect(build(root, '--if-stale')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(mark, 'utf8')).toBe('untouched');
    expect(stamp()).not.toBe(first);

    writeFileSync(join(root, 'src/main.ts'), 'export const answer = 43;\n');
    writeFileSync(join(root, 'src/more.ts'), 'export {};\n');
    expect(build(root, '--if-stale').status).toBe(0);
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain('43');

    rmSync(join(root, 'src/more.ts'));
    build(root, '--if-stale');
    expect(existsSync(join(root, 'dist/more.js'))).toBe(false);
    expect(existsSync(join(root, 'dist/validators/ocpp-1.6/index.json'))).toBe(true);
  });

  it('keeps the last good program when the new one does not compile', () => {
    const root = copy();
    build(root);
    writeFileSync(join(root, 'src/main.ts'), 'export const answer: number = "no";\n');
    const run = build(root, '--if-stale');
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toContain('main.ts(1,14)');
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain('42');
    expect(build(root, '--if-possible').status).toBe(0);
  });

  it('without a compiler: --if-possible leaves things be, a plain build says what to do', () => {
    const root = copy({ modules: false });
    expect(build(root, '--if-possible')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const run = build(root);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('npm ci');
  });

  it('builds run at the same time leave one whole dist, also after one that was killed', async () => {
    const root = copy();
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist/.lock'), '4194304'); // beyond any process id
    mkdirSync(join(root, 'dist.program-4194304'));
    expect(
      await Promise.all([started(root, '--validators'), started(root, '--if-stale'), started(root, '--if-stale')]),
    ).toEqual([0, 0, 0]);
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain('42');
    expect(existsSync(join(root, 'dist/validators/beckn-uei-charging-1.0.0/on_track.cjs'))).toBe(true);
    expect(readdirSync(root).filter((name) => name.startsWith('dist.'))).toEqual([]);
    expect(readdirSync(join(root, 'dist')).filter((name) => name.startsWith('.lock'))).toEqual([]);
  });

  it('stops at a schema that refers to nothing', () => {
    const root = copy();
    const file = join(root, 'ocpp-schemas/1.6/Authorize.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('types.json#/idTag"', 'types.json#/badge"'));
    const run = build(root, '--validators');
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain('nothing is called types.json#/badge');
  });

  it('knows its flags', () => {
    expect(build(copy(), '--fast').status).toBe(2);
  });
});
