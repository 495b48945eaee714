/** Builds the JSON Schemas (2020-12, as OpenAPI 3.1 uses them) of the operator's API. */

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly (string | number)[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly $ref?: string;
}

type Properties = { readonly [name: string]: JsonSchema };

export const text = (description: string): JsonSchema => ({ type: 'string', description });
export const whole = (description: string): JsonSchema => ({ type: 'integer', description });
export const decimal = (description: string): JsonSchema => ({ type: 'number', description });
export const flag = (description: string): JsonSchema => ({ type: 'boolean', description });
export const choice = (values: readonly string[], description: string): JsonSchema => ({
  type: 'string',
  enum: values,
  description,
});
export const list = (items: JsonSchema, description?: string): JsonSchema => ({
  type: 'array',
  items,
  ...(description !== undefined && { description }),
});
/** Describes an object whose members are passed on unchecked, or are too many to list. */
export const open = (description: string): JsonSchema => ({ type: 'object', description });
/** Describes any JSON value. */
export const any = (description: string): JsonSchema => ({ description });

/** Describes an object with these members and no others. */
export function object(required: Properties, optional: Properties = {}, description?: string): JsonSchema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** Describes a time in epoch ms under `name`, and its RFC 3339 form (UTC) under `<name>Iso`. */
export function time(name: string, description: string): Properties {
  return {
    [name]: { type: 'integer', description: `${description} Epoch ms.` },
    [`${name}Iso`]: { type: 'string', format: 'date-time', description: `${name} in RFC 3339, UTC.` },
  };
}

/** Describes an amount in minor units under `name`, and the same amount with its currency under `<name>Money`. */
export function money(name: string, description: string): Properties {
  return {
    [name]: { type: 'integer', description: `${description} Minor units.` },
    [`${name}Money`]: { $ref: '#/components/schemas/Money' },
  };
}

export const MONEY: JsonSchema = object(
  {
    amount: whole('Minor units of the currency.'),
    currency: text('ISO 4217.'),
    text: text('The amount in major units, with the decimals of the currency.'),
  },
  {},
  'An amount of money.',
);
