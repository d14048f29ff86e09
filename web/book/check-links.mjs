// Checks the links of a built site: what pages and styles link to or load, and what live modules import, is there, and not on another host:
// node check-links.mjs SITE

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";

const [site] = process.argv.slice(2);
const files = readdirSync(site, { recursive: true }).map((file) => file.replaceAll("\\", "/"))
  .filter((file) => statSync(join(site, file)).isFile());
const read = (file) => readFileSync(join(site, file), "utf8");
const problems = [];
let count = 0;

const ids = new Map();
function idsOf(file) {
  if (!ids.has(file)) ids.set(file, new Set([...read(file).matchAll(/\sid="?([^"\s>]+)/g)].map((match) => match[1])));
  return ids.get(file);
}

/** Checks one address in a file; `loaded` says that browsers load it without being asked. */
function check(file, address, loaded) {
  count += 1;
  const target = address.replaceAll("&amp;", "&");
  if (/^(data|blob|javascript|mailto):/.test(target)) return;
  if (/^([a-z]+:)?\/\//i.test(target)) {
    if (loaded) problems.push(`${file}: loads ${target}`);
    return;
  }
  const [path, fragment] = target.split("#");
  let place = posix.join(posix.dirname(file), decodeURI(path.split("?")[0])) || ".";
  if (path === "") place = file;
  else if (existsSync(join(site, place)) && statSync(join(site, place)).isDirectory()) place = posix.join(place, "index.html");
  if (target.startsWith("/") || place.startsWith("..")) problems.push(`${file}: ${target} leaves the site`);
  else if (!existsSync(join(site, place))) problems.push(`${file}: ${target} is not there`);
  else if (fragment && place.endsWith(".html") && !idsOf(place).has(decodeURIComponent(fragment))) {
    problems.push(`${file}: ${target}: no such place in the page`);
  }
}

for (const file of files) {
  if (file.endsWith(".html")) {
    // Comments and the text of scripts hold no links.
    const html = read(file).replace(/<!--[^]*?-->/g, "").replace(/(<script[^>]*>)[^]*?<\/script>/g, "$1");
    for (const [tag, name] of html.matchAll(/<([a-z][a-z0-9-]*)\s[^>]*>/gi)) {
      for (const [, attribute, value] of tag.matchAll(/\s(href|src|poster|data|action|xlink:href)="([^"]*)"/g)) {
        check(file, value, !(name === "a" && attribute === "href"));
      }
      for (const [, list] of tag.matchAll(/\ssrcset="([^"]*)"/g)) {
        for (const one of list.split(",")) check(file, one.trim().split(/\s/)[0], true);
      }
    }
  } else if (file.endsWith(".css")) {
    for (const [, value] of read(file).matchAll(/(?:url\(|@import\s+)["']?([^"')\s]+)/g)) check(file, value, true);
  } else if (file.startsWith("live-") && file.endsWith(".js")) {
    for (const [, ...found] of read(file).matchAll(
      /(?:^(?:import|export)\s+(?:[^"'`;]*?\sfrom\s+)?|\bimport\()["']([^"']+)["']|new URL\(["']([^"']+)["'], import\.meta\.url|\bfetch\(["']([^"']+)["']/gm)) {
      check(file, found.find((address) => address), true);
    }
  }
}

for (const problem of problems) console.error(problem);
console.log(`${count} links of ${files.length} files: ${problems.length || "no"} problems`);
process.exit(problems.length ? 1 : 0);
