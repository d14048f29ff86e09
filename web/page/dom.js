// Small helpers for pages: elements, numbers in words, calls that must not pile up.

/** A new element: attributes, or properties whose names start with a dot, and listeners whose names start with "on". */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) made[name.slice(1)] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Finds the elements of a page by their `data-name`. */
export const finder = (root) => (name) => root.querySelector(`[data-name="${name}"]`);

/** 12345 → "12,345". */
export const whole = (number) => Math.round(number).toLocaleString("en");

/** n → ⁿ, of a whole number. */
export const superscript = (n) => String(n).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);

/** A number with so many significant digits: 0.0032, 784, −3.24·10⁶. */
export function short(number, digits = 3) {
  if (!Number.isFinite(number)) return String(number);
  if (number === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(number)));
  if (exponent >= 6 || exponent < -4) return `${short(number / 10 ** exponent, digits)}·10${superscript(exponent)}`;
  return number.toFixed(Math.max(0, digits - 1 - exponent)).replace("-", "−");
}

/** Errors as the documentation writes them: four places. */
export const asError = (number) => (Number.isFinite(number) ? number.toFixed(4) : "–");

/** "1 pattern", "2 patterns". */
export const plural = (count, noun) => `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Sets a text only where it changes, so that screen readers and layouts stay calm. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A function that runs `work` once more after it has ended if it was called meanwhile, and never twice at once. */
export function latest(work) {
  let running = false;
  let again = false;
  return async function run() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}

/** A function that runs `work` in the next frame, once, however often it is called before. */
export function nextFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Keeps the arrow keys of sliders, fields and pads from turning the pages of the book. */
export function keepArrowKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) event.stopPropagation();
  });
}

/** Calls back when the colours of the page change. */
export function onThemeChange(callback) {
  const later = () => requestAnimationFrame(callback);
  new MutationObserver(later).observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
}
