/** Generates the table of settings in `docs/configuration.md` from the schema. */
import { isLayer, readShippedFile, type Layer } from '../layers.js';

/** @shape Markdown with one row per setting; `<id>` in a name stands for any id. */
export function configTable(): string {
  const schema: unknown = JSON.parse(readShippedFile('config.schema.json'));
  if (!isLayer(schema)) throw new Error('config.schema.json is no JSON object');
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...settingRows(schema, '')].join('\n');
}

function settingRows(schema: Layer, path: string): string[] {
  const properties = isLayer(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const own = Object.entries(properties)
    .filter(([key, value]) => key !== '$schema' && isLayer(value))
    .flatMap(([key, value]) =>
      settingRow(value as Layer, path === '' ? key : `${path}.${key}`, required.includes(key)),
    );
  const named = schema['additionalProperties'];
  // `peers.<id>` has the same keys as `peers.default`, so they are listed only once.
  return isLayer(named) && own.length === 0 ? settingRows(named, `${path}.<id>`) : own;
}

function settingRow(schema: Layer, path: string, required: boolean): string[] {
  const below = settingRows(schema, path);
  if (below.length > 0) return below;
  const fallback = 'default' in schema ? inlineCode(JSON.stringify(schema['default'])) : required ? '**required**' : '';
  return [`| ${inlineCode(path)} | ${fallback} | ${String(schema['description'])}${describeChoices(schema)} |`];
}

function describeChoices(schema: Layer): string {
  const values = schema['enum'];
  return Array.isArray(values) ? ` One of ${values.map((value) => inlineCode(String(value))).join(', ')}.` : '';
}

function inlineCode(text: string): string {
  return `\`${text}\``;
}
