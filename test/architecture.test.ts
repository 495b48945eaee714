import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const UNIT_TESTS = resolve(import.meta.dirname, 'unit');

/**
 * The folders and files that each module or folder may import besides itself. A folder's own row replaces its module's.
 * Type imports count like all others; packages do not count.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'domain/model': [],
  'domain/pricing': ['domain/model'],
  'domain/metering': ['domain/model', 'domain/pricing'],
  'domain/billing': ['domain/model', 'domain/pricing', 'domain/metering'],
  'domain/locations': ['domain/model', 'domain/pricing'],
  'domain/matching': ['domain/model'],
  'domain/decide': ['domain'],
  ports: ['domain/model'],
  schema: ['domain/model', 'ports'],
  observe: ['domain/model', 'ports'],
  config: ['domain/model', 'domain/pricing', 'domain/locations', 'ports', 'observe', 'schema'],
  bridge: ['ports', 'domain', 'schema', 'config', 'observe'],
  beckn: ['ports', 'domain', 'schema', 'config', 'observe'],
  ocpp: ['ports', 'domain', 'schema', 'config', 'observe'],
  payments: ['ports', 'domain/model', 'schema', 'observe'],
  store: ['ports', 'domain'],
  // The command line also reads key files and queries registries itself, because it must work when no bridge is
  // running.
  'operator/command-line': [
    'operator/address-file.ts',
    'operator/answer-header.ts',
    'operator/findings.ts',
    'ports',
    'domain',
    'config',
    'observe',
    'schema',
    'beckn/signing',
    'beckn/registry',
  ],
  operator: ['ports', 'bridge', 'domain', 'config', 'observe'],
  // Only the demo builds the product that it shows; everything else uses sockets.
  'sandbox/demo': ['sandbox', 'ports', 'domain', 'schema', 'app', 'config', 'observe'],
  'sandbox/hosted': ['sandbox', 'ports', 'domain/model', 'beckn/outbound/http-undici.ts'],
  sandbox: [
    'ports',
    'domain',
    'schema',
    'config/program-version.ts',
    'config/nearest-name.ts',
    'beckn/signing/signature.ts',
    'operator/answer-header.ts',
    'operator/command-line/frame/endpoint-commands.ts',
    'operator/command-line/frame/exit-codes.ts',
  ],
  app: ['ports', 'domain', 'bridge', 'beckn', 'ocpp', 'store', 'payments', 'operator', 'config', 'schema', 'observe'],
};

/** The only files that may use the system's clock, timers and random source. */
const ADAPTERS = ['observe/system-clock.ts', 'observe/system-random.ts', 'sandbox/runtime/scaled-clock.ts'];
/** Randomness on which no decision depends, so that no seed need determine it. */
const OTHER_RANDOMNESS = [
  // Private keys.
  'beckn/signing/key-material.ts',
  'config/loading/key-text.ts',
  'sandbox/registry-subscriptions.ts',
  'sandbox/runtime/keys.ts',
  // The seed of all other randomness in that program.
  'sandbox/bap-check/cli.ts',
  // Bytes that a file system cannot compress.
  'store/disk/ballast.ts',
];

const MAX_LINES = 300;
const MAX_FILES = 16;
/** Folders that may hold fewer than three files, because each covers a subject of its own. */
const SMALL_FOLDERS = new Set(['bridge/payments']);
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
  /** The path below `src`. */
  readonly path: string;
  readonly text: string;
  /** Paths below `src`, or `package:<name>`. */
  readonly imports: readonly string[];
}

const sources: readonly Source[] = filesIn(SRC)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    return { path: relative(SRC, path), text, imports: importsOf(path, text) };
  });

describe('the architecture', () => {
  it('has the sources to check', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(1000);
  });

  it('has every folder that the rules name, and a rule for every folder', () => {
    const folders = new Set(sources.flatMap(({ path }) => ancestorsOf(path)));
    expect(Object.keys(MAY_IMPORT).filter((folder) => !folders.has(folder))).toEqual([]);
    const unruled = sources.filter(
      ({ path }) => !['main.ts', 'serve.ts'].includes(path) && ruleFor(path) === undefined,
    );
    expect(unruled.map(({ path }) => path)).toEqual([]);
  });

  it('lets every folder import only what its rule allows', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const rule = ruleFor(path);
      if (rule === undefined) return [];
      const allowed = [rule.folder, ...rule.allowed];
      return imports
        .filter((target) => !target.startsWith('package:'))
        .filter((target) => !allowed.some((place) => target === place || target.startsWith(`${place}/`)))
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycle between files', () => {
    expect(circlesIn(new Map(sources.map(({ path, imports }) => [path, imports])))).toEqual([]);
  });

  it('has no import cycle between folders', () => {
    const graph = new Map<string, string[]>();
    for (const { path, imports } of sources) {
      const own = dirname(path);
      const others = imports.filter((target) => !target.startsWith('package:')).map((target) => dirname(target));
      graph.set(own, [...(graph.get(own) ?? []), ...others.filter((folder) => folder !== own)]);
    }
    expect(circlesIn(graph)).toEqual([]);
  });

  it('keeps the domain free of packages, time and promises', () => {
    const domain = sources.filter(({ path }) => path.startsWith('domain/'));
    const packages = domain.flatMap(({ path, imports }) =>
      imports.filter((target) => target.startsWith('package:')).map((target) => `${path}: ${target}`),
    );
    expect(packages).toEqual([]);
    const impure = domain.filter(({ text }) => /\bPromise\b|\basync\b|\bawait\b|new Date\(\)/.test(codeOf(text)));
    expect(impure.map(({ path }) => path)).toEqual([]);
  });

  it('reads time and randomness through the ports alone', () => {
    const time = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval|Immediate)\b/;
    const randomness =
      /\bMath\.random\b|\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b|\brandombytes_\w+|\bcrypto_\w*keypair\(\)|\bgenerateKey(?:Pair)?Sync\b/;
    const direct = new RegExp(`${time.source}|${randomness.source}`);
    const wrong = sources.filter(({ text }) => direct.test(codeOf(text))).map(({ path }) => path);
    expect(wrong.sort()).toEqual([...ADAPTERS, ...OTHER_RANDOMNESS].sort());
  });

  it('creates caches in one place, because a cache with `max` allocates all its entries at once', () => {
    const creating = sources.filter(({ text }) =>
      /import \{[^}]*\bLRUCache\b[^}]*\} from 'lru-cache'/.test(codeOf(text)),
    );
    expect(creating.map(({ path }) => path)).toEqual(['observe/bounded-cache.ts']);
  });

  it(`keeps files at ${MAX_LINES} lines at most`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`)).toEqual([]);
  });

  it(`keeps folders between three and ${MAX_FILES} files`, () => {
    const counts = new Map<string, number>();
    for (const path of filesIn(SRC)) {
      const folder = dirname(relative(SRC, path));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const wrong = [...counts].filter(([folder, count]) => {
      const isModule = !folder.includes('/');
      const holdsFolders = [...counts.keys()].some((other) => other.startsWith(`${folder}/`));
      if (count > MAX_FILES) return true;
      return count < 3 && !isModule && !holdsFolders && !SMALL_FOLDERS.has(folder);
    });
    expect(wrong).toEqual([]);
  });

  it('has no folder or file for odds and ends', () => {
    const names = filesIn(SRC).flatMap((path) =>
      relative(SRC, path)
        .replace(/\.[a-z]+$/, '')
        .split('/'),
    );
    expect(names.filter((name) => FORBIDDEN_NAMES.has(name))).toEqual([]);
  });

  it('writes file names in kebab-case', () => {
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/;
    expect(sources.map(({ path }) => path).filter((path) => !kebab.test(path))).toEqual([]);
  });

  it('names each unit test after the file that it tests', () => {
    const known = new Set(sources.map(({ path }) => path.replace(/\.ts$/, '')));
    const strays = filesIn(UNIT_TESTS)
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => relative(UNIT_TESTS, path))
      // `charge-point.v2.test.ts` is about one aspect of `charge-point.ts`.
      .filter((path) => !known.has(join(dirname(path), (path.split('/').at(-1) ?? '').split('.')[0] ?? '')));
    expect(strays).toEqual([]);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

/** Returns the folders above a path: `a/b` and `a` for `a/b/c.ts`. */
function ancestorsOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...ancestorsOf(folder)];
}

function ruleFor(path: string): { readonly folder: string; readonly allowed: readonly string[] } | undefined {
  for (const folder of ancestorsOf(path)) {
    const allowed = MAY_IMPORT[folder];
    if (allowed !== undefined) return { folder, allowed };
  }
  return undefined;
}

function importsOf(file: string, text: string): string[] {
  const found = codeOf(text).matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g);
  return [...found].map(([, target = '']) => {
    if (!target.startsWith('.')) return `package:${target}`;
    return relative(SRC, resolve(dirname(file), target)).replace(/\.js$/, '.ts');
  });
}

/** Returns the text without comments. */
function codeOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

/** Returns the strongly connected components with more than one node (Tarjan). */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}
