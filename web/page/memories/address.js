// The settings of the page in its address, after the "#": only those that differ from the first ones.

/** The entries of "#key=value&…". A fragment without "=" is a heading of the book, and has none. */
export function read() {
  const fragment = location.hash.slice(1);
  return fragment.includes("=") ? Object.fromEntries(new URLSearchParams(fragment)) : {};
}

/** A flat object of all settings. */
export function flat({ seed, count, picked, network, settings, hidden, noise }) {
  const own = Object.entries(settings).flatMap(([key, values]) => Object.entries(values).map(([name, value]) => [`${key}.${name}`, value]));
  return { network, patterns: count, seed, pick: picked === undefined ? "none" : picked + 1, hidden, noise, ...Object.fromEntries(own) };
}

/** Between two changes of the address: Safari throws an error for more than 100 of them in 30 seconds, which a slider would make. */
const REST_MS = 400;
let written = -Infinity;
let later;

/** Writes what differs from `first` (both flat): at once, or as soon as the last change is long enough ago. */
export function write(now, first) {
  clearTimeout(later);
  const wait = written + REST_MS - performance.now();
  if (wait > 0) {
    later = setTimeout(write, wait, now, first);
    return;
  }
  written = performance.now();
  const changed = Object.entries(now).filter(([key, value]) => String(value) !== String(first[key]));
  const fragment = new URLSearchParams(changed).toString();
  if (!fragment && !location.hash.includes("=")) return; // a heading stays
  history.replaceState(history.state, "", fragment ? `#${fragment}` : location.pathname + location.search);
}

/** Puts the entries that are valid into a state; `networks` know what is. */
export function apply(entries, state, networks, most) {
  const whole = (key, low, high) => {
    const number = Number(entries[key]);
    return key in entries && Number.isInteger(number) && number >= low && number <= high ? number : undefined;
  };
  if (networks.some(({ key }) => key === entries.network)) state.network = entries.network;
  state.count = whole("patterns", 2, most) ?? state.count;
  state.seed = whole("seed", 1, 1e6) ?? state.seed;
  state.hidden = whole("hidden", 0, 1) ?? state.hidden;
  state.noise = whole("noise", 0, 99) ?? state.noise;
  state.picked = entries.pick === "none" ? undefined : (whole("pick", 1, state.count) ?? Math.min(state.picked + 1, state.count)) - 1;
  for (const network of networks) {
    const settings = state.settings[network.key];
    // A choice decides which other settings there are and what they may be, so choices come first.
    for (const kind of ["options", "range"]) {
      for (const control of network.controls(settings)) {
        const value = entries[`${network.key}.${control.key}`];
        if (value === undefined || !control[kind]) continue;
        if (control.options?.some(([option]) => option === value)) {
          settings[control.key] = value;
          network.adjust?.(settings, control.key);
        }
        const number = Number(value);
        if (control.range && number >= control.range[0] && number <= control.range[1] && (control.logarithmic || Number.isInteger(number))) settings[control.key] = number;
      }
    }
  }
}
