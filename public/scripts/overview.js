// Draws each table of the overview as a picture above it: of Chart.js only what bars need. Without it the tables say all.
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
const lyingDown = ['funnel', 'centers'];
const inPercent = ['batches', 'centers'];
// A picture with more bars than this is read by nobody; the table has the rest.
const mostLyingDown = 12;
let drawn = [];

draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

function draw() {
  for (const chart of drawn) chart.destroy();
  const colours = { bar: colourOf('--accent-strong'), ink: colourOf('--ink-soft'), line: colourOf('--line') };
  Chart.defaults.color = colours.ink;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  drawn = [...document.querySelectorAll('[data-chart]')].flatMap((section) => {
    const canvas = section.querySelector('canvas');
    return canvas ? [drawOne(section, canvas, colours)] : [];
  });
}

function drawOne(section, canvas, { bar, line }) {
  const kind = section.dataset.chart;
  const lies = lyingDown.includes(kind);
  const rows = [...section.querySelectorAll('tbody tr')].slice(0, lies ? mostLyingDown : undefined);
  const values = { beginAtZero: true, grid: { color: line }, ticks: { precision: 0, maxTicksLimit: 6 } };
  if (inPercent.includes(kind)) {
    values.suggestedMax = 20;
    values.ticks.callback = (value) => `${value} %`;
  }
  const names = { grid: { display: false }, ticks: { autoSkip: !lies, maxRotation: 0 } };
  canvas.parentElement.dataset.bars = lies ? String(Math.min(rows.length, mostLyingDown)) : 'standing';
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
      animation: isStill ? false : { duration: 400 },
      indexAxis: lies ? 'y' : 'x',
      maintainAspectRatio: false,
      scales: lies ? { x: values, y: names } : { x: names, y: values },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: { label: ({ dataIndex }) => toldBy(section, rows[dataIndex]) },
        },
      },
    },
  });
}

// "Sent: 120, Accepted: 60, Rate: 50%"
function toldBy(section, row) {
  const heads = [...section.querySelectorAll('thead th')].map((head) => head.textContent);
  return [...row.cells].slice(1).map((cell, index) => `${heads[index + 1]}: ${cell.textContent}`);
}

// A custom property as a colour that a canvas understands, whatever it is written in.
function colourOf(property) {
  const dot = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.color = `var(${property})`;
  dot.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  dot.fillRect(0, 0, 1, 1);
  const [red, green, blue] = dot.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
