/** Lists the OCPP versions that a charger may choose; `docs/architecture.md` says what else a new version needs. */
import { v16 } from './versions/v16/v16.js';
import { v201 } from './versions/v2/v201.js';
import { v21 } from './versions/v2/v21.js';
import type { OcppVersion } from './versions/version.js';

export const OCPP_VERSIONS: readonly OcppVersion[] = [v16, v201, v21];
