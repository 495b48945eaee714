/** Reads the identity of a charge point from the URL that it connects to. */
import { hasInvisible } from '../../schema/invisible.js';

/**
 * Default base paths of other central systems, so that a fleet that was set up for one of them needs no new URL. If a
 * system was installed with another path, `ocpp.aliases` can list that path.
 * @source steve-community/steve: `context.path` in application.properties (`steve` unless it was changed, or empty), and
 *         `PATH_INFIX` in WebSocketConfiguration.java. citrineos/citrineos-core, WebsocketNetworkConnection.ts: the identity
 *         is the last segment of any path; its listeners are documented without one, or with that of a tenant
 *         (`/<tenantWebsocketServerPath>/<identity>`) where `dynamicTenantResolution` is on.
 */
const BASE_PATH_PRESETS: { readonly [name: string]: string } = {
  steve: '/steve/websocket/CentralSystemService',
  citrineos: '/',
};

/**
 * The base paths that chargers may use: our own, and those of `ocpp.aliases`.
 * @shape `aliases` are paths, or names of presets; the result has no slash at its ends, and the longest comes first.
 */
export function basePathsOf(basePath: string, aliases: readonly string[] = []): readonly string[] {
  const paths = [basePath, ...aliases].map((alias) => (BASE_PATH_PRESETS[alias] ?? alias).replace(/\/+$/, ''));
  return [...new Set(paths)].sort((a, b) => b.length - a.length);
}

/**
 * The identity in a request's path: the one segment after a base path, percent-decoded once.
 * @param basePaths As `basePathsOf` returns them.
 * @errors `undefined` if it is missing, longer than 255, not decodable, or contains a slash or invisible characters.
 * @source OCPP-J 1.6 §3.1.1
 */
export function identityFromUrl(url: string, basePaths: readonly string[]): string | undefined {
  const path = pathOf(url).replace(/\/$/, '');
  // A base path alone is not an identity, not even if a shorter base path is served as well.
  if (basePaths.includes(path)) return undefined;
  const base = basePaths.find((one) => path.startsWith(`${one}/`));
  return base === undefined ? undefined : decodeIdentity(path.slice(base.length + 1));
}

/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** @errors `undefined` if the segment cannot be an identity. */
export function decodeIdentity(segment: string): string | undefined {
  let id: string;
  try {
    id = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  return isIdentity(id) ? id : undefined;
}

export function isIdentity(text: string): boolean {
  return text !== '' && text.length <= 255 && !text.includes('/') && !hasInvisible(text);
}
