// The site without a network: its files, each of which must be of one build of the site. finish.mjs puts `SITE` before this.
//
// SITE.build names the build, SITE.files has the hash of every file, SITE.first lists what is loaded at once; other files are kept when they are first used.
// A new build waits until no page of the old one is open. A file with another hash, of another build, is never given to a page.

const ours = `hopfield ${registration.scope} `;
const kept = caches.open(ours + SITE.build);
const address = (file) => new URL(file, registration.scope).href;

/** The file of the site that a URL means, if it is one. */
function fileOf(url) {
  if (!url.startsWith(registration.scope)) return undefined;
  const path = decodeURI(url.slice(registration.scope.length).split(/[?#]/)[0]);
  return [path, `${path}.html`, `${path}index.html`].find((file) => Object.hasOwn(SITE.files, file));
}

/** Loads a file; fails if there is no network, or if the file is of another build. */
async function load(file) {
  const { body, headers } = await fetch(address(file), { integrity: SITE.files[file], cache: "no-cache" });
  // A response of its own, because pages may not be answered with one that was redirected.
  return new Response(body, { headers });
}

const keep = async (file, response) => (await kept).put(address(file), response);

async function answer(file) {
  const found = await (await kept).match(address(file));
  if (found) return found;
  const response = await load(file);
  // A file that can't be kept, as where the disk is full, can still be shown.
  keep(file, response.clone()).catch(() => {});
  return response;
}

/** A page that this build doesn't have: there is no network, or a new build. */
async function notice(request) {
  const online = await fetch(request).catch(() => undefined);
  if (online) await registration.update().catch(() => {});
  // Without a build to wait for, this one is of no use any more.
  if (online && !registration.installing && !registration.waiting) {
    await registration.unregister();
    return online;
  }
  const text = online
    ? "There is a new version of this site, which is being loaded. If this takes longer than a few seconds, close all other tabs with this site."
    : "You are offline, and this page has not been opened before.";
  return new Response(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="3">
<title>Dense Hopfield networks</title>
<p>${text}</p>
<script>
  navigator.serviceWorker.ready.then(({ waiting }) => waiting?.postMessage("take over"));
</script>
</html>`, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

addEventListener("install", (event) => event.waitUntil(Promise.all(SITE.first.map(async (file) => keep(file, await load(file))))));

addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) =>
  Promise.all(names.filter((name) => name.startsWith(ours) && name !== ours + SITE.build).map((name) => caches.delete(name))))));

addEventListener("fetch", (event) => {
  const { request } = event;
  const file = fileOf(request.url);
  if (request.method !== "GET" || !file) return;
  event.respondWith(request.mode === "navigate" ? answer(file).catch(() => notice(request)) : answer(file));
});

// A page asks the build that waits to take over: it may, if that page is the only one.
addEventListener("message", (event) => event.waitUntil(clients.matchAll({ includeUncontrolled: true }).then((pages) => {
  if (pages.filter(({ url }) => url.startsWith(registration.scope)).length < 2) skipWaiting();
})));
