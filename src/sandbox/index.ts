/** What scripts and tests build a sandbox of: a registry, a buyer app and charge points, all over real sockets. */
export { createBuyerApp } from './buyer-app.js';
export { createChargePoint } from './charge-point.js';
export { startSandboxRegistry } from './registry.js';
