export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** @param share 0.5 for the median, 0.99 for the 99th percentile. */
export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
};

export const round = (value, digits = 0) => Number(value.toFixed(digits));

/** One row of the table. `pass` is omitted without a target. */
export function figure(name, { ours, baseline, ratio, aim, pass, detail = '' }) {
  return { name, ours, baseline: baseline ?? '', ratio: ratio ?? '', aim: aim ?? '', pass, detail };
}
