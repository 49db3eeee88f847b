/** By the name of its strategy an EA knows a decision that no tick led to; the rest of the name is when it was due. */
export const FAN_OUT = 'fan-out-';
