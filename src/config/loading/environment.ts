/** Reads settings from environment variables: `BRIDGE__LISTEN__BECKN__PORT=8080` sets `listen.beckn.port`. */
import { isLayer, type Layer } from '../layers.js';

const PREFIX = 'BRIDGE__';

/**
 * Reads all variables that begin with `BRIDGE__` according to the schema.
 * @shape Names match regardless of case and underscores (`DATA_DIR` is `dataDir`); ids in `peers` and
 *        `ocpp.chargePoints` and names in `registry.query` are taken verbatim. Values are JSON, or plain text if the
 *        setting is a string.
 * @errors Returns a sentence for each variable that names no setting.
 */
export function readEnvironment(env: NodeJS.ProcessEnv, schema: Layer): { layer: Layer; problems: string[] } {
  const layer: Layer = {};
  const problems: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const found = findSetting(name.slice(PREFIX.length).split('__'), schema);
    if (found === undefined) problems.push(`${name}: no setting has this name; see config/config.schema.json`);
    else setPath(layer, found.path, parseValue(text, found.schema));
  }
  return { layer, problems };
}

function findSetting(segments: readonly string[], schema: Layer): { path: string[]; schema: Layer } | undefined {
  const path: string[] = [];
  let at = schema;
  for (const segment of segments) {
    const properties = isLayer(at['properties']) ? at['properties'] : {};
    const key = Object.keys(properties).find(
      (candidate) => normaliseName(candidate) === normaliseName(segment) && candidate !== '$schema',
    );
    const next = key === undefined ? at['additionalProperties'] : properties[key];
    if (!isLayer(next)) return undefined;
    path.push(key ?? segment);
    at = next;
  }
  return { path, schema: at };
}

function normaliseName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function parseValue(text: string, schema: Layer): unknown {
  const choices = schema['enum'];
  const wantsText = schema['type'] === 'string' || (Array.isArray(choices) && typeof choices[0] === 'string');
  if (wantsText) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The text is kept, so that the schema check reports it with its key and rule.
    return text;
  }
}

function setPath(layer: Layer, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    layer[key] = value;
    return;
  }
  const below = layer[key];
  const inner: Layer = isLayer(below) ? below : {};
  layer[key] = inner;
  setPath(inner, rest, value);
}
