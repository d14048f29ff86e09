// The scale of time of the curve, the slider and the snapshots: wide at first, where most happens.

const WIDTH = 20; // steps, up to which it is nearly even; then logarithmic

/** Where a step lies. */
export const place = (step) => Math.log1p(step / WIDTH);

/** The step at a place. */
export const stepAt = (found) => WIDTH * Math.expm1(found);
