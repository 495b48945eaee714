import type { Settings } from '../settings-file.js';

/** Checks the settings. Returns a sentence for each contradiction; `undefined` or an empty list if there is none. */
export type Rule = (settings: Settings) => string | readonly string[] | undefined;
