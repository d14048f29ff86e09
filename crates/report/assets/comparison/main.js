// Builds the page.

{
  const part = (id) => document.getElementById(id);
  showFilters(part("groups"));
  showTable(part("groups"));
  showRuns(part("groups"));
  showCurves(part("training"));
  showEffect(part("effect"));
  showParallel(part("parallel"));
  showSheets(part("patterns"));
  startWatching(part("watch"));
  update();
  restorePlace();
  addEventListener("resize", update);
}
