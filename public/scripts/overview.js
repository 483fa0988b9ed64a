// Draws a bar chart above each table of the overview. Without JavaScript, the tables contain everything.
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const reducesMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
const horizontalCharts = ['funnel', 'centers'];
const percentageCharts = ['batches', 'centers'];
// More bars are not readable; the table has all rows.
const MAX_HORIZONTAL_BARS = 12;
const percentFormat = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });
let charts = [];

draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

function draw() {
  for (const chart of charts) chart.destroy();
  const colours = { bar: colourOf('--accent-strong'), ink: colourOf('--ink-soft'), line: colourOf('--line') };
  Chart.defaults.color = colours.ink;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  charts = [...document.querySelectorAll('[data-chart]')].flatMap((section) => {
    const canvas = section.querySelector('canvas');
    return canvas ? [drawChart(section, canvas, colours)] : [];
  });
}

function drawChart(section, canvas, { bar, line }) {
  const kind = section.dataset.chart;
  const isHorizontal = horizontalCharts.includes(kind);
  const rows = [...section.querySelectorAll('tbody tr')].slice(
    0,
    isHorizontal ? MAX_HORIZONTAL_BARS : undefined,
  );
  const valueScale = { beginAtZero: true, grid: { color: line }, ticks: { precision: 0, maxTicksLimit: 6 } };
  if (percentageCharts.includes(kind)) {
    valueScale.suggestedMax = 20;
    valueScale.ticks.callback = (value) => percentFormat.format(value / 100);
  }
  const labelScale = { grid: { display: false }, ticks: { autoSkip: !isHorizontal, maxRotation: 0 } };
  canvas.parentElement.dataset.bars = isHorizontal
    ? String(Math.min(rows.length, MAX_HORIZONTAL_BARS))
    : 'vertical';
  return new Chart(canvas, {
    type: 'bar',
    data: {
      labels: rows.map((row) => row.cells[0].textContent),
      datasets: [
        {
          data: rows.map((row) => Number(row.dataset.value)),
          backgroundColor: bar,
          hoverBackgroundColor: bar,
          borderRadius: 4,
          maxBarThickness: 32,
        },
      ],
    },
    options: {
      animation: reducesMotion ? false : { duration: 400 },
      indexAxis: isHorizontal ? 'y' : 'x',
      maintainAspectRatio: false,
      scales: isHorizontal ? { x: valueScale, y: labelScale } : { x: labelScale, y: valueScale },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: { label: ({ dataIndex }) => tooltipLines(section, rows[dataIndex]) },
        },
      },
    },
  });
}

// Such as `Sent: 120`, `Accepted: 60`, `Rate: 50%`.
function tooltipLines(section, row) {
  const headings = [...section.querySelectorAll('thead th')].map((heading) => heading.textContent);
  return [...row.cells].slice(1).map((cell, index) => `${headings[index + 1]}: ${cell.textContent}`);
}

// The value of a CSS custom property as rgb(), because a canvas doesn't understand every CSS colour syntax.
function colourOf(property) {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.color = `var(${property})`;
  context.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
