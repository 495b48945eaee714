/** All planted bugs. */
import { COPY_BUGS } from './copies.js';
import { DEADLINE_BUGS } from './deadlines.js';
import { REQUEST_BUGS } from './requests.js';
import { IDENTITY_BUGS } from './identity.js';
import { METER_BUGS } from './meters.js';
import { PAYMENT_BUGS } from './payments.js';
import { STORE_BUGS } from './stores.js';
import type { PlantedBug } from './planted-bug.js';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...DEADLINE_BUGS,
  ...IDENTITY_BUGS,
  ...STORE_BUGS,
  ...PAYMENT_BUGS,
  ...METER_BUGS,
  ...REQUEST_BUGS,
  ...COPY_BUGS,
];
