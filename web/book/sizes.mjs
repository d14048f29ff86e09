// Says what a browser loads for the first page, compressed with gzip as file servers do: node sizes.mjs SITE

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [site] = process.argv.slice(2);
const compressed = (name) => {
  const content = readFileSync(join(site, name));
  return /\.(gz|png|woff2)$/.test(name) ? content.length : gzipSync(content, { level: 9 }).length;
};
const sum = (names) => names.reduce((bytes, name) => bytes + compressed(name), 0);
const files = readdirSync(site, { recursive: true }).filter((name) => statSync(join(site, name)).isFile());
const parts = {
  "the network (WebAssembly)": files.filter((name) => name.endsWith(".wasm")),
  "the digits": files.filter((name) => name.startsWith("live/digits/")),
  "the page": ["index.html", ...files.filter((name) => (name.startsWith("live/") && /\.(js|css)$/.test(name)) || (/\.(js|css)$/.test(name) && !name.includes("/") && !/searchindex|service-worker/.test(name)))],
};
for (const [part, names] of Object.entries(parts)) console.log(`${part}: ${(sum(names) / 1e6).toFixed(2)} MB`);
console.log(`the first page: ${(sum(Object.values(parts).flat()) / 1e6).toFixed(2)} MB; the whole site: ${(sum(files) / 1e6).toFixed(1)} MB`);
