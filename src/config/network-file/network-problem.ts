/** Describes what is wrong with a network document, and where. */

/** The part of a network document that a problem concerns. For a connector, `key` is `<charge point>/<connectorId>`. */
export interface NetworkEntity {
  readonly kind: 'provider' | 'station' | 'charge-point' | 'connector' | 'tariff';
  readonly key: string;
}

/** A rule that a network document breaks. */
export interface NetworkProblem {
  /** One line that names the place, the value and the rule. */
  readonly problem: string;
  /** Keys and indexes from the root of the document. */
  readonly path?: readonly string[];
  /** The rule alone, if the path says where it is broken. */
  readonly rule?: string;
  readonly value?: unknown;
  readonly entity?: NetworkEntity;
}
