import { tellsEvCharging } from './ev-charging.js';

tellsEvCharging('uei-ev-charging', 'uei:ev_charging');
