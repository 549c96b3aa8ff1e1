// One figure month by month; the table beside it says the same.

const rows = JSON.parse(document.getElementById("charts")?.textContent ?? "[]");
const box = document.getElementById("months");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

if (box) {
  const english = document.documentElement.lang.startsWith("en");
  const chart = window.echarts.init(box, null, { locale: english ? "EN" : "ZH", renderer: "canvas" });
  const paint = () => chart.setOption({
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: getComputedStyle(document.documentElement).fontFamily },
    grid: { left: 60, right: 10, top: 20, bottom: 24 },
    tooltip: { trigger: "axis", confine: true },
    xAxis: { type: "category", data: rows.map((row) => row[0]), axisLabel: { color: colour("muted") } },
    yAxis: { type: "value", min: 0, axisLabel: { color: colour("muted") }, splitLine: { lineStyle: { color: colour("line") } } },
    series: [{ type: "bar", data: rows.map((row) => row[1]), color: colour("accent"), barMaxWidth: 36,
      label: { show: rows.length <= 14, position: "top", color: colour("text") } }],
  });
  paint();
  new ResizeObserver(() => chart.resize()).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
