const data = JSON.parse(document.getElementById("data").textContent);
showCurves(document.getElementById("curves"), data.metrics);
showPatterns(document.getElementById("sheets"), data);
showUsage(document.getElementById("usage"), data);
showMeasured(document.getElementById("measured"), data);
if (data.digits) startPlayground(data);
