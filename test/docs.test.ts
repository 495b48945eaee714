/**
 * Checks the documents: links, named files and named functions exist, texts keep to their length, decisions and module
 * READMEs have their parts, lists of discrepancies and end codes are complete, and the index links every document
 * directly in `docs`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

const README_BYTES = 10_000;
const MODULE_README_LINES = 15;
const LINE_CHARACTERS = 140;

interface Page {
  /** The path below the root. */
  readonly path: string;
  readonly text: string;
}

interface Link {
  readonly from: string;
  readonly target: string;
}

const MODULE_READMES = below('src').filter((path) => /^src\/[^/]+\/README\.md$/.test(path));

const PAGES: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['bench', 'beckn-schemas', 'config', 'ocpp-schemas'].map((folder) => `${folder}/README.md`),
  ...MODULE_READMES,
  ...below('docs').filter((path) => path.endsWith('.md')),
].map(page);

const DECISIONS = PAGES.filter(({ path }) => /^docs\/adr\/\d/.test(path));

describe('documents', () => {
  it('are there to be checked', () => {
    expect(PAGES.length).toBeGreaterThan(20);
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(100);
  });

  it('link only to files and headings that exist', () => {
    expect(PAGES.flatMap(linksOf).flatMap(problemOf)).toEqual([]);
  });

  it('define every link that they refer to by a number', () => {
    const undefinedLabels = PAGES.flatMap(({ path, text }) => {
      const prose = withoutCode(text);
      const defined = new Set([...prose.matchAll(/^\[([^\]]+)\]: /gm)].map(([, label]) => label));
      const used = [...prose.matchAll(/\[(\d{3})\](?![(:])/g)].map(([, label = '']) => label);
      return used.filter((label) => !defined.has(label)).map((label) => `${path}: [${label}]`);
    });
    expect(undefinedLabels).toEqual([]);
  });

  it(`begin with a README of at most ${README_BYTES} bytes`, () => {
    expect(Buffer.byteLength(page('README.md').text)).toBeLessThanOrEqual(README_BYTES);
  });

  it(`give every module a README of at most ${MODULE_README_LINES} lines of ${LINE_CHARACTERS} characters`, () => {
    const pages = MODULE_READMES.map(page);
    const tall = pages.filter(({ text }) => text.trimEnd().split('\n').length > MODULE_README_LINES);
    expect(tall.map(({ path }) => path)).toEqual([]);
    expect(pages.flatMap(longLines)).toEqual([]);
    const silent = pages.filter(({ text }) => !/^May import: /m.test(text) || !/^Begin with /m.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it(`keep the lines of decisions within ${LINE_CHARACTERS} characters`, () => {
    expect(PAGES.filter(({ path }) => path.startsWith('docs/adr/')).flatMap(longLines)).toEqual([]);
  });

  it('number decisions without gaps, and give each its date, decision, alternative and cost', () => {
    const numbers = DECISIONS.map(({ path }) => Number(path.slice('docs/adr/'.length, 'docs/adr/'.length + 3)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const wrong = DECISIONS.filter(({ path, text }) => {
      const number = path.slice('docs/adr/'.length, 'docs/adr/'.length + 3);
      const parts = [`^# ${number}\\. .+$`, '^Date: \\d{4}-\\d{2}-\\d{2}$', '^Module: .+$', '^Status: .+$'];
      const sections = ['Decision', 'Alternative', 'Cost'].map((name) => `^## ${name}\\n\\n\\S`);
      return ![...parts, ...sections].every((pattern) => new RegExp(pattern, 'm').test(text));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('name only files that exist', () => {
    expect(PAGES.flatMap(filesNamedIn).filter(({ found }) => !found)).toEqual([]);
  });

  it('name only functions that exist', () => {
    const functions = PAGES.flatMap(functionsNamedIn);
    expect(functions.length).toBeGreaterThan(20);
    expect(functions.filter(({ found }) => !found)).toEqual([]);
  });

  it('tell the definition of a function from a call', () => {
    const calls = 'function other(): void {\n  if (send(frame)) return;\n  this.send(a);\n  send(\n    b,\n  );\n}\n';
    expect(defines(calls, 'send')).toBe(false);
    for (const head of [
      'export function send<T>(a: T, then: (b: T) => void): Map<T, T> {',
      '  async send(\n    a,\n  ) {',
    ])
      expect(defines(`${calls}${head}\n}\n`, 'send')).toBe(true);
  });

  it('explain every kind of discrepancy, and no other', () => {
    const explained = [...page('docs/discrepancies.md').text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, kind]) => kind);
    expect(explained.sort()).toEqual(membersOf('DiscrepancyKind').sort());
  });

  it('explain every code with which an order ends, and no other', () => {
    const [, codes = ''] = page('docs/error-codes.md').text.split('## How an order ended');
    const explained = [...codes.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
    expect(explained.sort()).toEqual(membersOf('EndCode').sort());
  });

  it('directly in docs are all linked from its index', () => {
    const linked = new Set(linksOf(page('docs/README.md')).map(({ target }) => target.split('#')[0]));
    const lost = below('docs').filter(
      (path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md' && !linked.has(relative('docs', path)),
    );
    expect(lost).toEqual([]);
  });
});

function page(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

function below(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .sort();
}

function longLines({ path, text }: Page): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line.length > LINE_CHARACTERS ? [`${path}:${index + 1}: ${line.length}`] : []));
}

/** Returns the members of a union of string literals in the domain model. */
function membersOf(type: string): string[] {
  const declaration = new RegExp(`export type ${type} =([^;]+);`);
  const unions = below('src/domain/model')
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => declaration.exec(page(path).text)?.[1] ?? []);
  return unions.flatMap((union) => [...union.matchAll(/'([^']+)'/g)].map(([, member = '']) => member));
}

const FOLDERS = /^(?:src|test|bench|config|scripts|docs|beckn-schemas|ocpp-schemas)\//;

/**
 * Returns the files and folders named in code spans. In a module's README, a path may also start at the module, or be
 * the end of a path below it; elsewhere only paths that begin with one of `FOLDERS` count.
 */
function filesNamedIn({
  path,
  text,
}: Page): { readonly path: string; readonly file: string; readonly found: boolean }[] {
  const [, module] = /^(src\/[^/]+)\/README\.md$/.exec(path) ?? [];
  const inside = module === undefined ? [] : below(module);
  const spans = [...text.matchAll(/`([^`\s]+)`/g)].map(([, span = '']) => span).filter((span) => !span.includes('<'));
  const files = spans.filter((span) =>
    module === undefined ? FOLDERS.test(span) : /^[\w.-]+(?:\/[\w.-]+)*(?:\.(?:ts|mjs|json)|\/)$/.test(span),
  );
  return files.map((file) => ({ path, file, found: isThere(file.replace(/\/$/, ''), module, inside) }));
}

/**
 * Returns the functions in code spans, written as `file:function`. The file is relative to the page's module, or to
 * `src`.
 */
function functionsNamedIn({
  path,
  text,
}: Page): { readonly path: string; readonly span: string; readonly found: boolean }[] {
  const [module = 'src'] = /^src\/[^/]+(?=\/README\.md$)/.exec(path) ?? [];
  return [...text.matchAll(/`([\w/.-]+\.ts):(#?\w+)`/g)].map(([span, file = '', name = '']) => {
    const source = join(ROOT, module, file);
    return { path, span, found: existsSync(source) && defines(readFileSync(source, 'utf8'), name) };
  });
}

/** Returns whether a source defines a function or method, which has a body after its parameters; a call has none. */
function defines(source: string, name: string): boolean {
  const nested = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`;
  return new RegExp(String.raw`(?:^|[^.#\w])${name}\s*(?:<[^()]*>)?${nested}(?::[^;]*?)?\s*\{`, 'm').test(source);
}

function isThere(file: string, module: string | undefined, inside: readonly string[]): boolean {
  if (file.includes('*')) return below(dirname(file)).some((path) => matchesGlob(path, file));
  const places = ['.', 'src', ...(module === undefined ? [] : [module])];
  if (places.some((place) => existsSync(join(ROOT, place, file)))) return true;
  return inside.some((path) => path.endsWith(`/${file}`));
}

function matchesGlob(path: string, glob: string): boolean {
  const [before = '', after = ''] = glob.split('*');
  return path.startsWith(before) && path.endsWith(after);
}

/** Removes fenced blocks and code spans, whose links and headings do not count. */
function withoutCode(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '`');
}

function linksOf({ path, text }: Page): Link[] {
  const prose = withoutCode(text);
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const labelled = [...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)];
  return [...inline, ...labelled]
    .map(([, target = '']) => ({ from: path, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

function problemOf({ from, target }: Link): string[] {
  const [path = '', anchor] = target.split('#');
  const found = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, found))) return [`${from}: there is no ${target}`];
  if (anchor === undefined) return [];
  return anchorsOf(page(found)).has(anchor) ? [] : [`${from}: ${found} has no heading #${anchor}`];
}

/**
 * Returns the anchors of the headings as GitHub makes them: lower case, no punctuation, hyphens for spaces,
 * repetitions numbered.
 */
function anchorsOf({ text }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${plain}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}
