/** Lists the endpoints by which the network is read and changed. */
import { reloadSettings } from './reload.js';
import type { Endpoint } from '../http/endpoint.js';
import { moveChargePoint, removeChargePoint, restoreChargePoint, withdrawChargePoint } from './charge-point-changes.js';
import {
  exportCsv,
  getNetwork,
  getTemplate,
  getVersion,
  importFiles,
  listVersions,
  undoChange,
} from './network-files.js';

/** Files of 5,000 charge points have a few megabytes. */
const MAX_IMPORT = '64mb';

export const NETWORK_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/network',
    description: 'What is sold: its version, the number of its entries, and the document itself.',
    handle: getNetwork,
  },
  {
    method: 'GET',
    path: '/api/network/versions',
    description:
      'The versions of the network, newest first: when, by whom, why, from which files, and how much changed.',
    handle: listVersions,
  },
  {
    method: 'GET',
    path: '/api/network/versions/:version',
    description: 'One version with its document and its difference from the one before, row by row.',
    handle: getVersion,
  },
  {
    method: 'GET',
    path: '/api/network/export/:kind.csv',
    description:
      'The network as CSV: stations, charge-points, connectors, tariffs, or wide with a row for each connector.',
    handle: exportCsv,
  },
  {
    method: 'GET',
    path: '/api/network/template/:kind.csv',
    description: 'The same file with notes that explain each column; with example rows while nothing is sold.',
    handle: getTemplate,
  },
  {
    method: 'POST',
    path: '/api/network/import',
    description:
      'Adds and changes what files say (CSV, JSON, YAML, OCPI): {"files": [{"name": …, "base64": …}], "reason": …, "by": …}, or pulls {"ocpi": {"url": …, "token": …}}. All or nothing. ?dryRun=true changes nothing, ?replace=true removes what the files do not mention, ?chargePointIds=ocpi names charge points as in a roaming network.',
    handle: importFiles,
    bodyLimit: MAX_IMPORT,
  },
  {
    method: 'POST',
    path: '/api/network/undo',
    description: 'Goes back to the version before the newest, or to {"to": number}. The result is a new version.',
    handle: undoChange,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/move',
    description: 'Moves a charge point to another station: {"stationId": …, "reason": …, "by": …}.',
    handle: moveChargePoint,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/withdraw',
    description: 'Takes a charge point out of sale; sessions under way go on. Body: {"reason": …, "by": …}.',
    handle: withdrawChargePoint,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/restore',
    description: 'Brings a planned or withdrawn charge point into service.',
    handle: restoreChargePoint,
  },
  {
    method: 'POST',
    path: '/api/charge-points/:id/remove',
    description:
      'Removes a charge point from the network. Sessions under way go on; after them its socket is closed, and it is unknown.',
    handle: removeChargePoint,
  },
  {
    method: 'POST',
    path: '/api/reload',
    description:
      'Reads the settings and the network file again, without dropping a socket. All or nothing; the answer names what was applied, and what needs a restart. SIGHUP does the same.',
    handle: reloadSettings,
  },
];
