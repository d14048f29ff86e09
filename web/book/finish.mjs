// Writes the service worker of a complete site, with the hashes of all its files, and prints sizes: node finish.mjs SITE

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [site] = process.argv.slice(2);
const sha256 = (content, encoding) => createHash("sha256").update(content).digest(encoding);
const names = readdirSync(site, { recursive: true }).map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name !== "service-worker.js" && statSync(join(site, name)).isFile()).sort();
const files = Object.fromEntries(names.map((name) => [name, `sha256-${sha256(readFileSync(join(site, name)), "base64")}`]));

// The live pages, and all they load; the index of the search is large, and loaded when it is used.
const first = names.filter((name) => /^(index|memories)\.html$|^live-|\.css$|\.js$|^favicon|^fonts\//.test(name) && !name.startsWith("searchindex"));
const program = readFileSync(new URL("service-worker.js", import.meta.url), "utf8");
const build = sha256(JSON.stringify(files) + program, "hex").slice(0, 16);
writeFileSync(join(site, "service-worker.js"), `const SITE = ${JSON.stringify({ build, first, files })};\n${program}`);

/** Megabytes, compressed with gzip as file servers do. */
const size = (list) => (list.reduce((sum, name) => sum + gzipSync(readFileSync(join(site, name)), { level: 9 }).length, 0) / 1e6).toFixed(2);
const part = (pattern) => size(first.filter((name) => pattern.test(name)));
console.log(`${names.length} files, ${size(names)} MB compressed; the live pages ${size(first)} MB: the network ${part(/\.wasm$/)}, the digits ${part(/digits/)}`);
