/** The properties that simulated worlds are held to as well: the one place where chaos takes them from. */
export { CHECKERS, type Evidence } from '../../test/simulation/checkers.js';
export { DELIVERY_CHECKERS, type DeliveryEvidence, type RaisedOnce } from '../../test/simulation/delivery-checkers.js';
