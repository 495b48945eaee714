import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** What each room may import besides itself. A path with a slash is one folder or file of a room. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ports: ['domain', 'config'], // narrowed when the flow is straightened
  schema: ['domain/model', 'ports'],
  config: ['domain', 'ports', 'observe', 'schema'],
  observe: ['domain', 'ports', 'config'],
  bridge: ['ports', 'domain', 'schema', 'config', 'observe'],
  beckn: ['ports', 'domain', 'schema', 'config', 'observe'],
  ocpp: ['ports', 'domain', 'schema', 'config', 'observe'],
  payments: ['ports', 'domain', 'schema'],
  store: ['ports', 'domain'],
  bus: ['ports', 'domain'],
  operator: ['ports', 'bridge', 'domain', 'config', 'observe'],
  // It speaks to the rest over sockets only; the demo alone builds the product that it shows.
  sandbox: ['ports', 'domain', 'schema', 'beckn/signing/signature.ts'],
};

const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'sandbox/demo/demo.ts': ['app/app.ts', 'config', 'observe'],
  'sandbox/demo/demo-environment.ts': ['app/app.ts', 'config', 'observe'],
};

/** The one file of each kind that asks the machine. */
const ADAPTERS = new Set(['observe/system-clock.ts', 'observe/system-random.ts', 'sandbox/runtime/scaled-clock.ts']);

/** Longer files that were talked about, each with its reason. */
const LONG: Readonly<Record<string, string>> = {
  'domain/model/order.ts': 'the order with every field explained: one vocabulary, read from top to bottom',
};

const LONGEST = 300;
const FORBIDDEN_NAMES = new Set([
  'utils',
  'util',
  'common',
  'helpers',
  'helper',
  'types',
  'services',
  'managers',
  'misc',
]);

interface Source {
  /** Path below src. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = files(SRC)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    return { path: relative(SRC, path), text, imports: importsOf(path, text) };
  });

describe('architecture', () => {
  it('sees the sources', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(20);
  });

  it('lets every room import only what it may', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const room = roomOf(path);
      if (room === undefined || room === 'app') return [];
      const allowed = [room, ...(MAY_IMPORT[room] ?? []), ...(EXTRA[path] ?? [])];
      return imports
        .filter((target) => !target.startsWith('package:'))
        .filter((target) => !allowed.some((place) => target === place || target.startsWith(`${place}/`)))
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('knows every room', () => {
    const rooms = new Set(sources.flatMap(({ path }) => roomOf(path) ?? []));
    expect([...rooms].filter((room) => room !== 'app' && !(room in MAY_IMPORT))).toEqual([]);
  });

  it('keeps the domain free of packages, time and promises', () => {
    const domain = sources.filter(({ path }) => path.startsWith('domain/'));
    expect(
      domain.flatMap(({ path, imports }) =>
        imports.filter((t) => t.startsWith('package:')).map((t) => `${path}: ${t}`),
      ),
    ).toEqual([]);
    expect(
      domain
        .filter(({ text }) => /\bPromise\b|\basync\b|\bawait\b|new Date\(\)/.test(code(text)))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('asks for time and chance through the ports alone', () => {
    const asking =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\b(?:setTimeout|setInterval|setImmediate|randomUUID|randomBytes|randomInt)\b/;
    const wrong = sources.filter(({ path, text }) => !ADAPTERS.has(path) && asking.test(code(text)));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('names the stores and the edges in app.ts alone', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => /^(store|bus)\//.test(target) && roomOf(path) !== roomOf(target) && path !== 'app/app.ts')
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no drawer for odds and ends', () => {
    const names = files(SRC).flatMap((path) =>
      relative(SRC, path)
        .replace(/\.[a-z]+$/, '')
        .split('/'),
    );
    expect(names.filter((name) => FORBIDDEN_NAMES.has(name))).toEqual([]);
  });

  it('writes file names in kebab-case', () => {
    const wrong = sources.filter(({ path }) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it(`keeps files at ${LONGEST} lines at most`, () => {
    const long = sources.filter(({ path, text }) => !(path in LONG) && text.split('\n').length - 1 > LONGEST);
    expect(long.map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`)).toEqual([]);
  });

  it('gives every room a README of at most fifteen lines', () => {
    const rooms = readdirSync(SRC).filter((name) => sources.some(({ path }) => path.startsWith(`${name}/`)));
    const wrong = rooms.flatMap((room) => {
      try {
        const lines = readFileSync(join(SRC, room, 'README.md'), 'utf8')
          .trimEnd()
          .split('\n').length;
        return lines > 15 ? [`${room}: ${lines} lines`] : [];
      } catch {
        return [`${room}: no README.md`];
      }
    });
    expect(wrong).toEqual([]);
  });
});

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function roomOf(path: string): string | undefined {
  const slash = path.indexOf('/');
  return slash === -1 ? undefined : path.slice(0, slash);
}

/** Targets below src, or `package:<name>`. */
function importsOf(file: string, text: string): string[] {
  const found = code(text).matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g);
  return [...found].map(([, target = '']) => {
    if (!target.startsWith('.')) return `package:${target}`;
    return relative(SRC, resolve(dirname(file), target)).replace(/\.js$/, '.ts');
  });
}

/** The text without comments, so that a sentence about an import is none. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');
}
