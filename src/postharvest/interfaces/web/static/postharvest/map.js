// A map to pan: our own outlines and one collection of features, no tiles, nothing from outside.
"use strict";
(() => {
  const box = document.getElementById("pan-map");
  if (!box || !window.L) return;
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const map = L.map(box, {
    preferCanvas: true, zoomControl: false, attributionControl: false, scrollWheelZoom: false,
    minZoom: 2, zoomSnap: 0.5, maxZoom: 13, maxBounds: [[3, 65], [57, 145]],
  });
  L.control.zoom({ zoomInTitle: box.dataset.nearer, zoomOutTitle: box.dataset.farther }).addTo(map);
  map.on("click", () => map.scrollWheelZoom.enable());
  const paint = {
    lot: { color: ink("--kaki"), radius: 6 },
    point: { color: ink("--post"), radius: 7 },
    labour: { color: ink("--sky"), radius: 4 },
    market: { color: ink("--ink"), radius: 4 },
    county: { color: ink("--control"), radius: 2 },
    phase1: { color: ink("--p1"), radius: 7 },
    phase2: { color: ink("--p2"), radius: 6 },
    phase3: { color: ink("--p3"), radius: 6 },
    branch: { color: ink("--kaki-deep"), radius: 8 },
  };
  const read = (url) => fetch(url, { credentials: "same-origin" }).then((answer) => answer.json());
  Promise.all([read(box.dataset.outline), read(box.dataset.features)]).then(([land, features]) => {
    L.geoJSON(land, {
      interactive: false,
      style: { color: ink("--land-line"), weight: 1, fillColor: ink("--land"), fillOpacity: 1 },
    }).addTo(map);
    const layer = L.geoJSON(features, {
      style: (f) => (f.geometry.type === "Point" ? {}
        : { color: ink("--post"), weight: f.properties.width || 2, opacity: 0.5 }),
      pointToLayer: (f, at) => L.circleMarker(at, {
        radius: paint[f.properties.kind].radius, weight: f.properties.kind === "county" ? 0 : 1.5, color: ink("--card"),
        fillColor: paint[f.properties.kind].color, fillOpacity: 1,
      }),
      onEachFeature: (f, one) => {
        if (!f.properties.label) return;
        const words = document.createElement(f.properties.url ? "a" : "span");
        words.textContent = f.properties.label;
        if (f.properties.url) words.href = f.properties.url;
        one.bindPopup(words);
      },
    }).addTo(map);
    const near = L.geoJSON({ type: "FeatureCollection", features: features.features.filter((f) => f.properties.near) });
    const many = near.getLayers().length > 30;
    map.fitBounds((near.getLayers().length ? near : layer).getBounds().pad(many ? 0.03 : 0.2));
  });
})();
