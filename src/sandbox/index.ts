/** Exports the sandbox's registry, buyer app and charge points for use in scripts. They talk over real sockets. */
export { createBuyerApp, type BuyerApp } from './buyer-app.js';
export type {
  BuyerAppMessage,
  BuyerAppOptions,
  ReceivedCallback,
  SendOverrides,
  SentRequest,
} from './buyer-app/buyer-options.js';
export type { Choice } from './buyer-app/request-messages.js';
export { createChargePoint, type SimulatedChargePoint } from './charge-point.js';
export type { ChargePointOptions, ChargePointState, SimulatedConnector } from './charge-point/charge-point-options.js';
export { startSandboxRegistry, type RegistryOptions, type SandboxRegistry } from './registry.js';
export type { SandboxSubscriber } from './registry-record.js';
