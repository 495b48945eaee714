import { tellsUeiCharging } from './uei-charging.js';

tellsUeiCharging('uei-charging');
tellsUeiCharging('uei-charging-pulse', { dialect: 'uei-charging-pulse' });
