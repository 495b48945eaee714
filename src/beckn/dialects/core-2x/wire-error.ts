/** Converts refusals to errors of Beckn 2.0, with paths in the field names of the dialect. */
import type { Refusal } from '../../../domain/model/refusal.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { WireError } from '../../protocol/wire.js';
import { omitUndefined } from './json-ld.js';

/**
 * Maps core 1.x paths, which refusals use, to paths in the dialect. Each entry covers a field and all fields below it;
 * the first match applies.
 */
export type PathTranslations = readonly (readonly [core1xPrefix: string, path: string])[];

export function translatePath(path: string, translations: PathTranslations): string {
  return (
    translations.find(
      ([prefix]) => path === prefix || (/^[.[]/.test(path.slice(prefix.length)) && path.startsWith(prefix)),
    )?.[1] ?? path
  );
}

/** @shape `details.description` is the refusal's detail, `details.path` its translated path. */
export function toDetailedError(refusal: Refusal, translations: PathTranslations): WireError {
  const { code, message } = toWireError({ code: refusal.code });
  const details = omitUndefined({
    description: refusal.detail,
    path: refusal.path && translatePath(refusal.path, translations),
  });
  return { code, message, ...(Object.keys(details).length > 0 && { details }) };
}
