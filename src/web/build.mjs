// Builds what runs: TypeScript into dist/, styles, scripts and images into public/built/. Any fault ends it, loudly.
// Everything is made aside and then put in place file by file, so that a running server, or a second build at the
// same moment, never meets a folder that is half there.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const browsers = ['chrome109', 'firefox115', 'safari15.4', 'edge109'];

const outputs = [
  { place: join(root, 'dist'), makers: [compileTypeScript] },
  { place: join(root, 'public', 'built'), makers: [copyImages, copyReference, bundleScripts, compileStyles] },
];

await build();

async function build() {
  const work = outputs.map(({ place, makers }) => ({ place, makers, aside: `${place}.${process.pid}` }));
  try {
    removeLeftovers();
    for (const { aside } of work) mkdirSync(aside, { recursive: true });
    const tasks = work.flatMap(({ makers, aside }) => makers.map((make) => make(aside)));
    const results = await Promise.allSettled(tasks);
    const faults = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
    if (faults.length > 0) return stop(faults);
    for (const { aside, place } of work) putInPlace(aside, place);
  } finally {
    for (const { aside } of work) rmSync(aside, { recursive: true, force: true });
  }
}

async function compileTypeScript(target) {
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
  const args = [join(dirname(compiler), 'bin', 'tsc'), '--project', root, '--outDir', target];
  const { code, output } = await run(process.execPath, args);
  if (code !== 0) throw new Error(`TypeScript doesn't compile:\n${output.trim()}`);
}

async function copyImages(target) {
  cpSync(join(root, 'public', 'images'), target, { recursive: true });
}

// The page that shows the API's document, whole as its makers built it.
async function copyReference(target) {
  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css'])
    cpSync(join(folder, file), join(target, file));
}

// Every script is an entry of its own; what one loads later becomes a chunk with its fingerprint in the name.
async function bundleScripts(target) {
  const { build: bundle } = await import('esbuild');
  const folder = join(root, 'public', 'scripts');
  const { warnings } = await bundle({
    entryPoints: filesIn(folder, '.js').filter((file) => basename(file) !== 'password-guesser.js'),
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    legalComments: 'none',
    target: browsers,
    chunkNames: '[name]-[hash]',
    logLevel: 'silent',
  });
  refuseWarnings('The scripts', warnings);
}

async function compileStyles(target) {
  const [sass, { transform }] = await Promise.all([import('sass'), import('esbuild')]);
  const warnings = [];
  const { css } = sass.compile(join(root, 'public', 'styles', 'styles.scss'), {
    style: 'compressed',
    loadPaths: [join(root, 'node_modules')],
    quietDeps: true,
    // Bootstrap 5 can be taken in parts only by @import and its maps only by Sass's old global functions.
    silenceDeprecations: ['import', 'global-builtin'],
    logger: { warn: (text) => warnings.push({ text }) },
  });
  refuseWarnings('The styles', warnings);
  const prefixed = await transform(css, { loader: 'css', minify: true, target: browsers });
  refuseWarnings('The styles', prefixed.warnings);
  writeFileSync(join(target, 'styles.css'), prefixed.code);
}

/** Moves each file over its predecessor in one step, then removes what is no longer made. */
function putInPlace(aside, place) {
  const made = filesIn(aside).map((file) => relative(aside, file));
  for (const file of made) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    renameSync(join(aside, file), join(place, file));
  }
  const kept = new Set(made);
  const stale = filesIn(place).filter((file) => !kept.has(relative(place, file)));
  for (const file of stale) rmSync(file, { force: true });
}

/** What a build that was killed left behind. */
function removeLeftovers() {
  for (const { place } of outputs) {
    for (const name of readdirSync(dirname(place))) {
      const [, pid] = name.match(/^(?:dist|built)\.(\d+)$/) ?? [];
      if (pid && !isRunning(Number(pid)))
        rmSync(join(dirname(place), name), { recursive: true, force: true });
    }
  }
}

function filesIn(folder, ending = '') {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function refuseWarnings(what, warnings) {
  if (warnings.length === 0) return;
  throw new Error(`${what} have faults:\n${warnings.map(({ text }) => text).join('\n')}`);
}

function stop(faults) {
  const texts = faults.map((fault) => (fault instanceof Error ? fault.message : String(fault)));
  process.stderr.write(`The build failed.\n\n${texts.join('\n\n')}\n`);
  process.exitCode = 1;
}
