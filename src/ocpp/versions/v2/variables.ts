/**
 * OCPP 2.x device model variables by one key each, as an operator writes them: `Component.Variable`, with `[instance]`
 * behind either, and `#evse` or `#evse:connector` behind the component. `OCPPCommCtrlr.MessageAttempts[TransactionEvent]`,
 * `EVSE#2.Power`, `Connector#2:1.AvailabilityState`.
 */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { numberOf, textOf } from '../fields.js';

const VARIABLE_KEY = /^([^.[\]#]+)(?:\[([^\]]*)\])?(?:#(\d{1,9})(?::(\d{1,9}))?)?\.([^[\]]+)(?:\[([^\]]*)\])?$/;

/** @errors `undefined` for a key that is spelled otherwise. */
export function parseVariableKey(key: string): { readonly component: Payload; readonly variable: Payload } | undefined {
  const found = VARIABLE_KEY.exec(key);
  if (!found) return undefined;
  const [, component = '', instance, evse, connector, variable = '', variableInstance] = found;
  return {
    component: {
      name: component,
      ...(instance !== undefined && { instance }),
      ...(evse !== undefined && {
        evse: { id: Number(evse), ...(connector !== undefined && { connectorId: Number(connector) }) },
      }),
    },
    variable: { name: variable, ...(variableInstance !== undefined && { instance: variableInstance }) },
  };
}

/** The key of an entry that names a component and a variable. */
export function variableKeyOf(entry: Payload): string | undefined {
  const { component, variable } = entry;
  if (component === undefined || variable === undefined || !isPayload(component) || !isPayload(variable))
    return undefined;
  const name = textOf(component, 'name');
  const what = textOf(variable, 'name');
  if (name === undefined || what === undefined) return undefined;
  const { evse } = component;
  const id = evse !== undefined && isPayload(evse) ? numberOf(evse, 'id') : undefined;
  const connectorId = evse !== undefined && isPayload(evse) ? numberOf(evse, 'connectorId') : undefined;
  const place = id === undefined ? '' : connectorId === undefined ? `#${id}` : `#${id}:${connectorId}`;
  return `${name}${instanceSuffix(component)}${place}.${what}${instanceSuffix(variable)}`;
}

function instanceSuffix(part: Payload): string {
  const instance = textOf(part, 'instance');
  return instance === undefined ? '' : `[${instance}]`;
}

/** The values in the result of a GetVariables: those that could be read. @source OCPP 2.0.1 B06 */
export function readVariables(payload: Json): { readonly [key: string]: string } {
  const results = isPayload(payload) ? payload['getVariableResult'] : undefined;
  return collectValues(results, (entry) =>
    entry['attributeStatus'] === 'Accepted' && isActual(entry['attributeType'])
      ? textOf(entry, 'attributeValue')
      : undefined,
  );
}

/** The actual values in a page of a report. @source OCPP 2.0.1 B07, B08 */
export function readReport(payload: Payload): { readonly [key: string]: string } {
  return collectValues(payload['reportData'], (entry) => {
    const attributes = entry['variableAttribute'];
    if (!Array.isArray(attributes)) return undefined;
    const list: readonly Json[] = attributes;
    const actual = list.find((attribute) => isPayload(attribute) && isActual(attribute['type']));
    return actual !== undefined && isPayload(actual) ? textOf(actual, 'value') : undefined;
  });
}

function isActual(type: Json | undefined): boolean {
  return type === undefined || type === 'Actual';
}

function collectValues(
  entries: Json | undefined,
  valueOf: (entry: Payload) => string | undefined,
): { readonly [key: string]: string } {
  const values: { [key: string]: string } = Object.create(null);
  if (!Array.isArray(entries)) return values;
  const list: readonly Json[] = entries;
  for (const entry of list) {
    if (!isPayload(entry)) continue;
    const key = variableKeyOf(entry);
    const value = valueOf(entry);
    if (key !== undefined && value !== undefined) values[key] = value;
  }
  return values;
}
