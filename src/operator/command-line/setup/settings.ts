/** Reads the settings of an installation for commands that work without a running bridge. */
import { dirname } from 'node:path';
import type { Config } from '../../../config/config.js';
import { type Layer, resolvePaths } from '../../../config/layers.js';
import { checkConfig, type Loaded } from '../../../config/loading/load-config.js';
import type { Context } from '../frame/command.js';
import { CommandFailure, usageFailure } from '../frame/failure.js';

/**
 * Reads the settings and creates no files.
 * @errors CommandFailure that lists every problem, or says only that there is no settings file.
 */
export function readSettings({ configFile, env }: Pick<Context, 'configFile' | 'env'>): Config {
  const loaded: Loaded = checkConfig(configFile, env);
  if (!('problems' in loaded)) return loaded.config;
  if (configFile === undefined)
    throw usageFailure('There is no settings file here.', 'Name one with --config FILE, or make one with: init');
  throw new CommandFailure('found', {
    error: 'settings-wrong',
    message: loaded.problems.join('\n'),
    hint: `Check them with: beckn-ocpp-bridge check --config ${configFile}`,
  });
}

/**
 * Checks settings that are about to replace those in the file.
 * @errors CommandFailure that lists every problem.
 */
export function refuseUnusable(settings: Layer, { configFile, env }: Pick<Context, 'configFile' | 'env'>): void {
  const loaded = checkConfig(resolvePaths(settings, dirname(configFile ?? '.')), env);
  if (!('problems' in loaded)) return;
  throw new CommandFailure('usage', {
    error: 'settings-wrong',
    message: loaded.problems.join('\n'),
    hint: 'The settings stay as they were.',
  });
}
