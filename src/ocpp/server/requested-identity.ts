/** Reads a charge point's identity from the URL to which it connects. */
import { hasInvisible } from '../../schema/invisible.js';

/**
 * The default base paths of other central systems, so that a fleet that was configured for one of them needs no new
 * URL. If a system was installed under another path, `ocpp.aliases` can list that path.
 * @source steve-community/steve: `context.path` in application.properties (by default `steve`; may be empty), and
 *         `PATH_INFIX` in WebSocketConfiguration.java. citrineos/citrineos-core, WebsocketNetworkConnection.ts: the
 *         identity is the last segment of any path. The documented URLs have no base path or, with
 *         `dynamicTenantResolution`, the tenant's (`/<tenantWebsocketServerPath>/<identity>`).
 */
const BASE_PATH_PRESETS: { readonly [name: string]: string } = {
  steve: '/steve/websocket/CentralSystemService',
  citrineos: '/',
};

/**
 * Returns the base paths that chargers may use: our own and those of `ocpp.aliases`.
 * @shape `aliases` are paths or names of presets. The resulting paths have no trailing slash; the longest comes first.
 */
export function basePathsOf(basePath: string, aliases: readonly string[] = []): readonly string[] {
  const paths = [basePath, ...aliases].map((alias) => (BASE_PATH_PRESETS[alias] ?? alias).replace(/\/+$/, ''));
  return [...new Set(paths)].sort((a, b) => b.length - a.length);
}

/**
 * Returns the identity in a request's path: the one segment after a base path, percent-decoded once.
 * @param basePaths As `basePathsOf` returns them.
 * @errors `undefined` if it is missing, longer than 255 characters, not decodable, or contains a slash or invisible
 *         characters.
 * @source OCPP-J 1.6 §3.1.1
 */
export function identityFromUrl(url: string, basePaths: readonly string[]): string | undefined {
  const path = pathOf(url).replace(/\/$/, '');
  // A base path alone is not an identity, even if a shorter base path is served as well.
  if (basePaths.includes(path)) return undefined;
  const base = basePaths.find((one) => path.startsWith(`${one}/`));
  return base === undefined ? undefined : decodeIdentity(path.slice(base.length + 1));
}

/**
 * Returns the path of a request's URL, without its query.
 * @source RFC 9112 §3.2.2: a server accepts the absolute form too
 */
export function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
}

/** Decodes a path segment. @errors `undefined` if it cannot be an identity. */
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
