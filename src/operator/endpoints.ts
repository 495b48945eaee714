/**
 * Lists the endpoints of the operator's API. The routes, parameter checks, index pages, documentation and OpenAPI
 * document are built from this list.
 */
import { CHARGE_POINT_ENDPOINTS } from './endpoints/charge-point-endpoints.js';
import { FINANCE_ENDPOINTS } from './endpoints/finance-endpoints.js';
import { NETWORK_ENDPOINTS } from './network/network-endpoints.js';
import { ORDER_ENDPOINTS } from './endpoints/order-endpoints.js';
import { SALE_ENDPOINTS } from './endpoints/sale-endpoints.js';
import { SYSTEM_ENDPOINTS } from './endpoints/system-endpoints.js';
import { TRIAL_ENDPOINTS } from './endpoints/trial-endpoints.js';
import type { Endpoint } from './http/endpoint.js';

export const ENDPOINTS: readonly Endpoint[] = [
  ...ORDER_ENDPOINTS,
  ...CHARGE_POINT_ENDPOINTS,
  ...SALE_ENDPOINTS,
  ...NETWORK_ENDPOINTS,
  ...FINANCE_ENDPOINTS,
  ...TRIAL_ENDPOINTS,
  ...SYSTEM_ENDPOINTS,
];
