// Builds what runs: TypeScript into dist/, styles, scripts and images into public/built/. Any fault ends it, loudly.
// Everything is made aside and then put in place file by file, so that a running server, or a second build at the
// same moment, never meets a file that is half there.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

process.chdir(fileURLToPath(new URL('../../../', import.meta.url)));
const dist = mkdtempSync('dist.');
const built = mkdtempSync('public/built.');
const browsers = ['chrome109', 'firefox115', 'safari15.4', 'edge109'];

process.on('exit', () => {
  for (const aside of [dist, built]) rmSync(aside, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const results = await Promise.allSettled([
  compileTypeScript(),
  bundleScripts(),
  compileStyles(),
  copyFiles(),
]);
const faults = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
if (faults.length > 0) {
  process.stderr.write(`The build failed.\n\n${faults.join('\n\n')}\n`);
  process.exit(1);
}
putInPlace(dist, 'dist');
putInPlace(built, 'public/built');

async function compileTypeScript() {
  const compiler = 'node_modules/typescript/bin/tsc';
  await promisify(execFile)(process.execPath, [compiler, '--outDir', dist]).catch(({ stdout }) => {
    throw new Error(`TypeScript doesn't compile:\n${stdout.trim()}`);
  });
}

// Every script is an entry of its own; what one loads later becomes a chunk with its fingerprint in the name.
async function bundleScripts() {
  const { build } = await import('esbuild');
  const { warnings } = await build({
    entryPoints: filesIn('public/scripts').filter((file) => !file.endsWith('password-guesser.js')),
    outdir: built,
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

async function compileStyles() {
  const [sass, { transform }] = await Promise.all([import('sass'), import('esbuild')]);
  const warnings = [];
  const { css } = sass.compile('public/styles/styles.scss', {
    style: 'compressed',
    loadPaths: ['node_modules'],
    quietDeps: true,
    // Bootstrap 5 can be taken in parts only by @import and its maps only by Sass's old global functions.
    silenceDeprecations: ['import', 'global-builtin'],
    logger: { warn: (text) => warnings.push({ text }) },
  });
  const prefixed = await transform(css, { loader: 'css', minify: true, target: browsers });
  refuseWarnings('The styles', [...warnings, ...prefixed.warnings]);
  writeFileSync(join(built, 'styles.css'), prefixed.code);
}

// Images, and the page that shows the API's document, whole as its makers built it.
async function copyFiles() {
  cpSync('public/images', built, { recursive: true });
  for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css'])
    cpSync(join('node_modules/swagger-ui-dist', file), join(built, file));
}

/** Moves each file over its predecessor in one step, then removes what is no longer made. */
function putInPlace(aside, place) {
  const made = new Set(filesIn(aside).map((file) => join(place, relative(aside, file))));
  for (const file of made) {
    mkdirSync(dirname(file), { recursive: true });
    renameSync(join(aside, relative(place, file)), file);
  }
  for (const file of filesIn(place)) if (!made.has(file)) rmSync(file, { force: true });
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function refuseWarnings(what, warnings) {
  if (warnings.length === 0) return;
  throw new Error(`${what} have faults:\n${warnings.map(({ text }) => text).join('\n')}`);
}
