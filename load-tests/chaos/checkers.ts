/** The properties that simulated worlds are held to as well: the one place where chaos takes them from. */
export { CHECKERS } from '../../test/simulation/checkers/table.js';
export type { Evidence } from '../../test/simulation/evidence.js';
export { DELIVERY_CHECKERS, type DeliveryEvidence, type RaisedOnce } from '../../test/simulation/delivery-checkers.js';
