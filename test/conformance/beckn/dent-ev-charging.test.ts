import { tellsEvCharging } from './ev-charging.js';

tellsEvCharging('dent-ev-charging', 'dent:ev-charging:0.1.0');
