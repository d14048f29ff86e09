// Assembles the book's source in the folder OUT, from the pages of the repository: node prepare.mjs OUT TEMML LIVE
//
// TEMML is the file temml.mjs of the npm package temml, which makes MathML of TeX; LIVE the folder of the site with the scripts of the live pages. Then `mdbook build OUT` makes the site.

import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [out, temmlFile, live] = process.argv.slice(2);
if (!live) {
  console.error("usage: node prepare.mjs OUT TEMML LIVE");
  process.exit(2);
}
const { default: temml } = await import(pathToFileURL(resolve(temmlFile)));
const repository = fileURLToPath(new URL("../../", import.meta.url));
const read = (file) => readFileSync(join(repository, file), "utf8");
const names = (folder, ending) => readdirSync(join(repository, folder)).filter((name) => name.endsWith(ending));

/** The pages: files of the repository, and their names in the book. */
const pages = new Map([
  ["web/book/index.md", "index.md"],
  ["web/book/memories.md", "memories.md"],
  ["README.md", "getting-started.md"],
  ["ARCHITECTURE.md", "architecture.md"],
  ["CONTRIBUTING.md", "contributing.md"],
  ["CHANGELOG.md", "changelog.md"],
  ...names("docs", ".md").map((name) => [`docs/${name}`, name]),
]);
const summary = read("web/book/SUMMARY.md");
for (const name of pages.values()) {
  if (!summary.includes(`(${name})`)) throw new Error(`web/book/SUMMARY.md lacks ${name}`);
}

function write(name, text) {
  const file = join(out, "src", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Puts a file of the repository into the book, and returns its path there: a page, a copy, or a page that shows its text; none for a folder. */
function place(file) {
  if (pages.has(file)) return pages.get(file);
  if (statSync(join(repository, file)).isDirectory()) return undefined;
  if (/\.(png|svg|json|toml|ipynb)$/.test(file)) {
    mkdirSync(dirname(join(out, "src", file)), { recursive: true });
    copyFileSync(join(repository, file), join(out, "src", file));
    return file;
  }
  write(`${file}.html`, `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${file}</title>
<pre>${escaped(read(file))}</pre>
</html>
`);
  return `${file}.html`;
}

/** A link of a page; its text alone if it leads to a folder. */
function link(from, whole, text, target) {
  if (/^[a-z]+:|^#/.test(target)) return whole;
  const [path, fragment] = target.split("#");
  const found = place(posix.join(posix.dirname(from), path).replace(/\/$/, ""));
  return found ? `[${text}](${found}${fragment ? `#${fragment}` : ""})` : text;
}

/** MathML of TeX, with nothing in it that Markdown would read. */
function math(tex, display) {
  return temml.renderToString(tex, { displayMode: display, throwOnError: true })
    .replace(/>[^<]+</g, (text) => text.replace(/[*_`[\]\\|~]/g, (sign) => `&#${sign.charCodeAt(0)};`));
}

// What is changed in a page, and code, in which nothing is.
const parts = new RegExp([
  /^(?<fence>```+)[^]*?^\k<fence>$/,
  /\[(?<text>(?:[^[\]`]|`[^`]*`|\[[^[\]]*\])*)\]\((?<target>[^()\s]+)\)/,
  /(?<ticks>`+)(?!`)[^]*?[^`]\k<ticks>(?!`)/,
  /^\$\$(?<display>[^$]+)\$\$$/,
  /\$(?<inline>[^\s$](?:[^$\n]*[^\s$])?)\$/,
].map((part) => part.source).join("|"), "gm");

/** A page of the book: links lead to pages of the book, equations are MathML, and the fragments of the live pages are in place. */
function page(from) {
  return read(from)
    .replace(parts, (whole, ...rest) => {
      const { text, target, display, inline } = rest.at(-1);
      if (target) return link(from, whole, text, target);
      if (display) return `<div class="display-math">${math(display.trim(), true)}</div>`;
      return inline ? math(inline, false) : whole;
    })
    // A blank line would end the HTML.
    .replace(/^\{\{#include (.+)\}\}$/gm, (_, target) => read(posix.join(posix.dirname(from), target))
      .replace(/\n\s*\n/g, "\n").replace(/ (src|href)="live\//g, ` $1="${live}/`));
}

/** The configs that come with the program, one after the other. */
function configs() {
  const shown = (file) => `## ${file.replace("configs/", "")}\n\n[${file}](${place(file)})\n\n\`\`\`toml\n${read(file)}\`\`\`\n`;
  const all = [...names("configs", ".toml"), ...names("configs/sweeps", ".toml").map((name) => `sweeps/${name}`)];
  return ["# The configs\n\nThe configs that come with the program. Each begins with the command that runs it and the result to expect.\n",
    ...all.map((name) => shown(`configs/${name}`))].join("\n");
}

rmSync(join(out, "src"), { recursive: true, force: true });
write("SUMMARY.md", summary);
write("configs.md", configs());
for (const [from, name] of pages) write(name, page(from));
for (const name of ["book.toml", "book.css", "theme"]) cpSync(join(repository, "web/book", name), join(out, name), { recursive: true });
