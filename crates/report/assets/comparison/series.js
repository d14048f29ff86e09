// The curve of a group: mean, minimum and maximum of its runs at each epoch.

/** The known points of a run's curve. */
function runPoints(curve, run) {
  const values = curve.runs[run.index];
  const epochs = data.grids[run.grid];
  return (values ?? []).flatMap((value, place) => (Number.isFinite(value) ? [[epochs[place], value]] : []));
}

/** For each epoch, mean, minimum and maximum of the runs that got there; between its own epochs, a run is a straight line. */
function groupSeries(curve, group) {
  const runs = group.runs.map((run) => runPoints(curve, run)).filter((points) => points.length > 0);
  const epochs = [...new Set(runs.flatMap((points) => points.map(([epoch]) => epoch)))].sort((a, b) => a - b);
  const next = runs.map(() => 0);
  const points = epochs.map((epoch) => {
    const values = [];
    runs.forEach((known, k) => {
      while (next[k] < known.length && known[next[k]][0] < epoch) next[k] += 1;
      if (next[k] === known.length) return;
      const [right, after] = known[next[k]];
      if (right === epoch) values.push(after);
      else if (next[k] > 0) {
        const [left, before] = known[next[k] - 1];
        values.push(before + ((after - before) * (epoch - left)) / (right - left));
      }
    });
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { epoch, mean, low: Math.min(...values), high: Math.max(...values), runs: values.length };
  });
  return { group, points, runs: runs.length };
}

/** The last point at or before an epoch; none after the end of the series. */
function pointAt({ points }, epoch) {
  if (points.length === 0 || epoch > points.at(-1).epoch) return null;
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].epoch <= epoch) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? points[low - 1] : null;
}

const pathOf = (points, x, y) => points.map(([a, b], place) => `${place ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("");
