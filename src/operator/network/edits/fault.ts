/** Describes what is wrong with an imported file, and where its author will find it. */

export interface Fault {
  readonly file?: string;
  /** The line, from 1. */
  readonly line?: number;
  /** The heading of a CSV column; in a JSON or YAML file, the position in the line, from 1. */
  readonly column?: string | number;
  /** The place in a document, such as `providers.0.stations.2.latitude`. */
  readonly path?: string;
  readonly value?: string;
  /** A sentence without its subject, such as `must be a number`. */
  readonly rule: string;
  readonly didYouMean?: string;
}

const MAX_VALUE_LENGTH = 80;

/** Formats a value for a fault, shortened if necessary. */
export function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
}
