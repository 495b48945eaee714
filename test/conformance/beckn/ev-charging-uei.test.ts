import { tellsEvCharging } from './ev-charging.js';

tellsEvCharging('ev-charging-uei', 'ev-charging:uei');
