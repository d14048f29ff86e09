const data = JSON.parse(document.getElementById("data").textContent);
showCurves(document.getElementById("curves"), data);
if (data.image_shape) {
  showPatterns(document.getElementById("sheets"), data);
} else {
  if (data.map) showMap(document.getElementById("map"), data);
  showNearest(document.getElementById("nearest"), data);
}
showUsage(document.getElementById("usage"), data);
showMeasured(document.getElementById("measured"), data);
if (data.digits) startPlayground(data);
