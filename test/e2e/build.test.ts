/** The build, and the preparation of an installation, run for real in a small copy of the project. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function copy({ modules = true } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'build-test-'));
  folders.push(root);
  const copied = [
    'package.json',
    'tsconfig.json',
    'scripts',
    'config/config.schema.json',
    'config/network.schema.json',
    'ocpp-schemas/1.6/types.json',
    'ocpp-schemas/1.6/Authorize.json',
    'beckn-schemas/uei-charging-1.0.0/types.json',
    'beckn-schemas/uei-charging-1.0.0/on_track.json',
  ];
  for (const path of copied) cpSync(join(project, path), join(root, path), { recursive: true });
  const written = {
    'src/main.ts': 'export const answer: number = 42;\n',
    'src/page.html': '<p>hello</p>\n',
    'src/store/sqlite/writer-thread.ts': 'export {};\n',
    'src/operator/network/yaml-thread.ts': 'export {};\n',
  };
  for (const [path, text] of Object.entries(written)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  if (modules) symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  return root;
}

const run = (root: string, ...command: string[]) =>
  spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });

describe('the build', () => {
  it('writes the program, its assets, the bundle and the validators, and nothing to standard output', () => {
    const root = copy();
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist/of-a-deleted-source.js'), '');
    expect(run(root, 'scripts/build.mjs')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain('answer = 42');
    expect(readFileSync(join(root, 'dist/main.js.map'), 'utf8')).toContain('"../src/main.ts"');
    expect(readFileSync(join(root, 'dist/program/main.js'), 'utf8')).toContain('answer = 42');
    expect(readdirSync(join(root, 'dist')).sort()).toEqual([
      'main.js',
      'main.js.map',
      'operator',
      'page.html',
      'program',
      'store',
      'validators',
    ]);
    expect(readdirSync(join(root, 'dist/validators/ocpp-1.6')).sort()).toEqual([
      'Authorize.request.cjs',
      'Authorize.request.json',
      'Authorize.response.cjs',
      'Authorize.response.json',
      'index.json',
    ]);
    expect(existsSync(join(root, 'dist/validators/beckn-uei-charging-1.0.0/on_track.cjs'))).toBe(true);
  });

  it('fails on a type error, and names its place', () => {
    const root = copy();
    writeFileSync(join(root, 'src/main.ts'), 'export const answer: number = "no";\n');
    const failed = run(root, 'scripts/build.mjs');
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toContain('main.ts(1,14)');
  });

  it('fails on a schema with a reference that leads nowhere', () => {
    const root = copy();
    const file = join(root, 'ocpp-schemas/1.6/Authorize.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('types.json#/idTag"', 'types.json#/badge"'));
    const failed = run(root, 'scripts/build.mjs');
    expect(failed.status).not.toBe(0);
    expect(failed.stderr).toContain('there is no type types.json#/badge');
  });
});

describe('the preparation of an installation', () => {
  it('builds', () => {
    const root = copy();
    expect(run(root, 'scripts/prepare.mjs')).toMatchObject({ status: 0, stdout: '' });
    expect(existsSync(join(root, 'dist/program/main.js'))).toBe(true);
  });

  it('does nothing, quietly, where no compiler is installed', () => {
    const root = copy({ modules: false });
    expect(run(root, 'scripts/prepare.mjs')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(existsSync(join(root, 'dist'))).toBe(false);
  });
});
