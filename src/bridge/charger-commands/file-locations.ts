/** Checks the file addresses in operators' commands: where a charge point downloads from or uploads to. */
import type { Json } from '../../domain/model/object.js';

export interface FileLocationRule {
  /** URL schemes without the colon, such as `https`. */
  readonly schemes: readonly string[];
  /** An empty list allows every host. */
  readonly hosts: readonly string[];
}

export const DEFAULT_FILE_LOCATIONS: FileLocationRule = { schemes: ['https', 'ftps', 'sftp'], hosts: [] };

/** Actions that make a charge point upload diagnostics or download firmware. */
export const FILE_ACTIONS: ReadonlySet<string> = new Set([
  'GetDiagnostics',
  'GetLog',
  'PublishFirmware',
  'SignedUpdateFirmware',
  'UpdateFirmware',
]);

const LOCATION_KEYS: ReadonlySet<string> = new Set(['location', 'remoteLocation']);

/** Returns, as a sentence, why an address in a payload may not be sent; `undefined` if all addresses may. */
export function findLocationProblem(payload: Json, rule: FileLocationRule): string | undefined {
  for (const location of locationsIn(payload)) {
    const url = typeof location === 'string' && URL.canParse(location) ? new URL(location) : undefined;
    if (!url || url.hostname === '') return 'The location must be a URL with a host.';
    const scheme = url.protocol.slice(0, -1).toLowerCase();
    if (scheme === 'file' || !rule.schemes.includes(scheme))
      return `The location has the scheme ${scheme}; allowed: ${rule.schemes.join(', ')}.`;
    if (rule.hosts.length > 0 && !rule.hosts.some((host) => host.toLowerCase() === url.hostname.toLowerCase()))
      return `The location names the host ${url.hostname}, which operator.locationHosts does not list.`;
  }
  return undefined;
}

function locationsIn(value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json) => locationsIn(item));
  return Object.entries(value).flatMap(([key, item]: [string, Json]) =>
    LOCATION_KEYS.has(key) ? [item] : locationsIn(item),
  );
}
