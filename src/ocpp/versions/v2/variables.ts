/**
 * Converts between variables of the OCPP 2.x device model and text keys for operators: `Component.Variable`, with an
 * optional `[instance]` after either, and an optional `#evse` or `#evse:connector` after the component. Examples:
 * `OCPPCommCtrlr.MessageAttempts[TransactionEvent]`, `EVSE#2.Power`, `Connector#2:1.AvailabilityState`.
 */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, numberOf, objectOf, objectsOf, textOf, type Payload } from '../../frames/payload.js';

const VARIABLE_KEY = /^([^.[\]#]+)(?:\[([^\]]*)\])?(?:#(\d{1,9})(?::(\d{1,9}))?)?\.([^[\]]+)(?:\[([^\]]*)\])?$/;

/** Parses a key. @errors `undefined` if the key is malformed. */
export function parseVariableKey(key: string): { readonly component: Payload; readonly variable: Payload } | undefined {
  const match = VARIABLE_KEY.exec(key);
  if (!match) return undefined;
  const [, component = '', instance, evse, connector, variable = '', variableInstance] = match;
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

/** Returns the key for the component and variable of an entry; `undefined` if one of them is missing. */
export function variableKeyOf(entry: Payload): string | undefined {
  const component = objectOf(entry, 'component');
  const variable = objectOf(entry, 'variable');
  const componentName = textOf(component, 'name');
  const variableName = textOf(variable, 'name');
  if (componentName === undefined || variableName === undefined) return undefined;
  const evse = objectOf(component, 'evse');
  const id = numberOf(evse, 'id');
  const connectorId = numberOf(evse, 'connectorId');
  const place = id === undefined ? '' : connectorId === undefined ? `#${id}` : `#${id}:${connectorId}`;
  return `${componentName}${instanceSuffix(component)}${place}.${variableName}${instanceSuffix(variable)}`;
}

function instanceSuffix(part: Payload): string {
  const instance = textOf(part, 'instance');
  return instance === undefined ? '' : `[${instance}]`;
}

/** Reads the actual values in a GetVariables response. @source OCPP 2.0.1 B06 */
export function readVariables(payload: Json): { readonly [key: string]: string } {
  const results = isPayload(payload) ? objectsOf(payload, 'getVariableResult') : [];
  return collectValues(results, (entry) =>
    entry['attributeStatus'] === 'Accepted' && isActual(entry['attributeType'])
      ? textOf(entry, 'attributeValue')
      : undefined,
  );
}

/** Reads the actual values in one page of a report. @source OCPP 2.0.1 B07, B08 */
export function readReport(payload: Payload): { readonly [key: string]: string } {
  return collectValues(objectsOf(payload, 'reportData'), (entry) => {
    const actual = objectsOf(entry, 'variableAttribute').find((attribute) => isActual(attribute['type']));
    return actual && textOf(actual, 'value');
  });
}

function isActual(type: Json | undefined): boolean {
  return type === undefined || type === 'Actual';
}

function collectValues(
  entries: readonly Payload[],
  valueOf: (entry: Payload) => string | undefined,
): { readonly [key: string]: string } {
  const values: { [key: string]: string } = Object.create(null);
  for (const entry of entries) {
    const key = variableKeyOf(entry);
    const value = valueOf(entry);
    if (key !== undefined && value !== undefined) values[key] = value;
  }
  return values;
}
