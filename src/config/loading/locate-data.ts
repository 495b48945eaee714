/** Finds the data folder of a configuration without checking the rest of it and without creating anything. */
import { dirname, resolve } from 'node:path';
import { isLayer, mergeLayers, readLayer, readShippedFile, resolvePaths, type Layer } from '../layers.js';
import { readEnvironment } from './environment.js';

/** @shape The folder as an absolute path. @errors `problem` if the file cannot be read or `dataDir` is not text. */
export function locateData(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): { readonly dataDir: string } | { readonly problem: string } {
  const schema: unknown = JSON.parse(readShippedFile('config.schema.json'));
  const defaults: unknown = JSON.parse(readShippedFile('default.json'));
  const read: { layer: Layer } | { problem: string } = file === undefined ? { layer: {} } : readLayer(resolve(file));
  if ('problem' in read) return read;
  const own = resolvePaths(read.layer, file === undefined ? process.cwd() : dirname(resolve(file)));
  const { layer } = readEnvironment(env, isLayer(schema) ? schema : {});
  const fromHere = (given: Layer): Layer => resolvePaths(given, process.cwd());
  const { dataDir } = [fromHere(isLayer(defaults) ? defaults : {}), own, fromHere(layer)].reduce(mergeLayers, {});
  return typeof dataDir === 'string' ? { dataDir } : { problem: 'dataDir: must be text' };
}
