// Arrivals and breaches by hour against the usual range, and the week's heat.

import { config, say } from "./words.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function open(id) {
  const box = document.getElementById(id);
  const chart = window.echarts.init(box, null, { locale: config.english ? "EN" : "ZH", renderer: "canvas" });
  new ResizeObserver(() => chart.resize()).observe(box);
  return chart;
}

const axis = () => ({
  axisLine: { lineStyle: { color: colour("line") } },
  axisTick: { show: false },
  axisLabel: { color: colour("muted"), fontSize: 11 },
  splitLine: { lineStyle: { color: colour("line") } },
});
const base = () => ({
  animation: false,
  textStyle: { fontFamily: getComputedStyle(document.documentElement).fontFamily },
  aria: { enabled: true },
});

export class Hours {
  constructor() {
    this.chart = open("hours");
    this.paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  paint() {
    this.chart.setOption({
      ...base(),
      grid: { left: 34, right: 10, top: 26, bottom: 20 },
      legend: {
        right: 6, top: 0, itemHeight: 9, itemWidth: 14, textStyle: { color: colour("muted"), fontSize: 11 },
        data: [say("arrivals"), say("breaches"), say("usual")],
      },
      tooltip: { trigger: "axis", confine: true, formatter: (points) => this.tip(points[0].dataIndex) },
      xAxis: { type: "category", data: [...Array(24).keys()], ...axis(), splitLine: { show: false } },
      yAxis: { type: "value", min: 0, minInterval: 1, splitNumber: 3, ...axis() },
      series: [
        { id: "low", type: "line", stack: "usual", symbol: "none", step: "middle", silent: true, lineStyle: { opacity: 0 } },
        { id: "range", name: say("usual"), type: "line", stack: "usual", symbol: "none", step: "middle", silent: true,
          color: colour("fine"), lineStyle: { opacity: 0 }, areaStyle: { color: colour("fine"), opacity: 0.35 } },
        { id: "arrived", name: say("arrivals"), type: "bar", color: colour("accent"), barMaxWidth: 18 },
        { id: "breached", name: say("breaches"), type: "bar", color: colour("late-bar"), barMaxWidth: 18, barGap: "0%" },
      ],
    });
    if (this.hours) this.show(this.hours);
  }

  show(hours) {
    this.hours = hours;
    const data = (id, value) => ({ id, data: hours.map(value) });
    this.chart.setOption({
      series: [
        data("low", (hour) => hour.low),
        data("range", (hour) => hour.high - hour.low),
        data("arrived", (hour) => hour.arrived || null),
        data("breached", (hour) => hour.breached || null),
      ],
    });
  }

  tip(index) {
    const hour = this.hours[index];
    return [
      say("hour", { hour: hour.hour }),
      `${say("arrivals")} ${hour.arrived}`,
      `${say("breaches")} ${hour.breached}`,
      `${say("usual")} ${hour.low}–${hour.high}`,
    ].join("<br>");
  }
}

export function showHeat({ heat, days }) {
  const chart = open("heat");
  const cells = heat.flatMap((hours, day) => hours.map((tickets, hour) => [hour, day, tickets]));
  const most = Math.max(1, ...cells.map((cell) => cell[2]));
  const paint = () => chart.setOption({
    ...base(),
    grid: { left: 34, right: 8, top: 4, bottom: 20 },
    tooltip: { confine: true, formatter: ({ value }) => `${days[value[1]]} ${say("hour", { hour: value[0] })}<br>${say("perWeek")} ${value[2]}` },
    xAxis: { type: "category", data: [...Array(24).keys()], ...axis(), splitLine: { show: false } },
    yAxis: { type: "category", data: days, inverse: true, ...axis(), splitLine: { show: false } },
    visualMap: { show: false, min: 0, max: most, inRange: { color: [colour("fine-soft"), colour("accent")] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: colour("surface"), borderWidth: 1 } }],
  });
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
