/** Replaces endpoints in texts of the operator's API with the commands to use instead. */

/** Ids in paths are written as `ID`. An endpoint that is not listed stays in the text. */
export const COMMAND_OF_ENDPOINT: { readonly [endpoint: string]: string } = {
  'GET /health/ready': 'doctor',
  'GET /api': 'help',
  'GET /api/openapi.json': 'help',
  'GET /api/charge-points': 'charge-points list',
  'GET /api/charge-points/ID': 'charge-points show ID',
  'POST /api/charge-points/ID/password with "byHand": true': 'passwords ID',
  'GET /api/network/export/charge-points.csv': 'export charge-points',
  'GET /api/network/versions': 'network history',
  'POST /api/network/import': 'import',
  'GET /api/networks': 'keys show',
  'GET /api/orders': 'orders list',
  'GET /api/orders/ID': 'orders show ID',
  'GET /api/rejected-connections': 'rejected-connections list',
  'POST /api/reload': 'reload',
  'GET /api/sale-stops': 'sale list',
  'GET /api/spellings': 'spellings list',
};

const ENDPOINT = /(?:(GET|POST|DELETE) )?(\/(?:api|health)\b[\w/.{}<>-]*[\w}>]|\/api\b)( with "byHand": true)?/g;

/** @shape `GET /api/orders lists them.` becomes `"orders list" lists them.` */
export function nameCommands(text: string): string {
  return text.replaceAll(ENDPOINT, (whole, method = 'GET', path: string, suffix = '') => {
    const command = COMMAND_OF_ENDPOINT[`${method} ${path.replaceAll(/[{<][^/]*[}>]/g, 'ID')}${suffix}`];
    return command === undefined ? whole : `"${command}"`;
  });
}
