import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The oldest GNU C library that can run the engine. */
const NEEDED = [2, 38] as const;
const STEP_MS = 60_000;
/** How long `nodeCommand` may take: three commands to fetch the library. */
export const LIBC_MS = 3 * STEP_MS;
const DEBIAN_SOURCES = '/etc/apt/sources.list.d/debian.sources';

/**
 * Returns the command for a Node that can load the engine: Node itself, or, on an older system, Node with a newer C
 * library from `folder`. The system's own library is not changed.
 * @errors Throws if the system is not supported, or if the newer library cannot be downloaded.
 */
export async function nodeCommand(folder: string): Promise<string[]> {
  if (process.platform === 'darwin') return [process.execPath];
  const version = glibcVersion();
  if (version === undefined) throw new Error('the engine needs Linux with the GNU C library, or macOS');
  if (version[0] > NEEDED[0] || (version[0] === NEEDED[0] && version[1] >= NEEDED[1])) return [process.execPath];
  const arch = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  const loaderName = process.arch === 'x64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1';
  const libraries = join(folder, 'root', 'usr', 'lib', `${arch}-linux-gnu`);
  const loader = join(libraries, loaderName);
  if (!existsSync(loader)) await fetchLibc(folder);
  if (!existsSync(loader)) throw new Error(`the newer C library has no ${loaderName}`);
  return [loader, '--library-path', `${libraries}:/usr/lib/${arch}-linux-gnu`, process.execPath];
}

function glibcVersion(): [number, number] | undefined {
  const report: unknown = process.report.getReport();
  const header: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined;
  const text: unknown =
    typeof header === 'object' && header !== null ? Reflect.get(header, 'glibcVersionRuntime') : undefined;
  const [major, minor] = String(text).split('.').map(Number);
  return major === undefined || minor === undefined || Number.isNaN(major) ? undefined : [major, minor];
}

/**
 * Downloads the library from the next Debian suite, with the system's sources and keys, and unpacks it without
 * installing it.
 */
async function fetchLibc(folder: string): Promise<void> {
  if (!existsSync(DEBIAN_SOURCES)) throw new Error('the C library is older than 2.38, and the system is not Debian 12');
  for (const part of ['parts', 'lists/partial', 'cache/archives/partial', 'root']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const first = readFileSync(DEBIAN_SOURCES, 'utf8').split(/\n\s*\n/)[0] ?? '';
  writeFileSync(join(folder, 'parts', 'next.sources'), `${first.replace(/^Suites:.*$/m, 'Suites: trixie')}\n`);
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(folder, 'parts'),
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
  };
  const options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  const within = { cwd: folder, timeout: STEP_MS };
  await run('apt-get', [...options, 'update'], within);
  await run('apt-get', [...options, 'download', 'libc6'], within);
  const deb = readdirSync(folder).find((name) => /^libc6_.*\.deb$/.test(name));
  if (deb === undefined) throw new Error('apt-get brought no libc6');
  await run('dpkg-deb', ['-x', deb, 'root'], within);
}
