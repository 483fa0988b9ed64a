// Builds dist/ from TypeScript, and public/built/ from styles, scripts and images. Fails on any error or warning.
// Builds into temporary folders and then renames file by file, so that a running server or a concurrent build never
// sees a partial file.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

process.chdir(fileURLToPath(new URL('../../../', import.meta.url)));
const dist = mkdtempSync('dist.');
const built = mkdtempSync('public/built.');
const browsers = ['chrome109', 'firefox115', 'safari15.4', 'edge109'];

process.on('exit', () => {
  for (const folder of [dist, built]) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const results = await Promise.allSettled([
  compileTypeScript(),
  bundleScripts(),
  compileStyles(),
  copyFiles(),
]);
const errors = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
if (errors.length > 0) {
  process.stderr.write(`The build failed.\n\n${errors.join('\n\n')}\n`);
  process.exit(1);
}
replaceFiles(dist, 'dist');
replaceFiles(built, 'public/built');

async function compileTypeScript() {
  const compiler = 'node_modules/typescript/bin/tsc';
  await promisify(execFile)(process.execPath, [compiler, '--outDir', dist]).catch(({ stdout }) => {
    throw new Error(`TypeScript doesn't compile:\n${stdout.trim()}`);
  });
  // The bin entry of package.json.
  chmodSync(join(dist, 'cli.js'), 0o755);
}

// Each script is an entry point; dynamic imports become chunks with a fingerprint in their names.
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
  rejectWarnings('The scripts', warnings);
}

async function compileStyles() {
  const [sass, { transform }] = await Promise.all([import('sass'), import('esbuild')]);
  const warnings = [];
  const { css } = sass.compile('public/styles/styles.scss', {
    style: 'compressed',
    loadPaths: ['node_modules'],
    quietDeps: true,
    // Parts of Bootstrap 5 can be loaded only with @import, and its maps need Sass's old global functions.
    silenceDeprecations: ['import', 'global-builtin'],
    logger: { warn: (text) => warnings.push({ text }) },
  });
  const prefixed = await transform(css, { loader: 'css', minify: true, target: browsers });
  rejectWarnings('The styles', [...warnings, ...prefixed.warnings]);
  writeFileSync(join(built, 'styles.css'), prefixed.code);
}

// Images, and Swagger UI as it is published.
async function copyFiles() {
  cpSync('public/images', built, { recursive: true });
  for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css'])
    cpSync(join('node_modules/swagger-ui-dist', file), join(built, file));
}

/** Replaces the target's files atomically one by one, then deletes files that are no longer built. */
function replaceFiles(source, target) {
  const files = new Set(filesIn(source).map((file) => join(target, relative(source, file))));
  for (const file of files) {
    mkdirSync(dirname(file), { recursive: true });
    renameSync(join(source, relative(target, file)), file);
  }
  for (const file of filesIn(target)) if (!files.has(file)) rmSync(file, { force: true });
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function rejectWarnings(subject, warnings) {
  if (warnings.length === 0) return;
  throw new Error(`${subject} have warnings:\n${warnings.map(({ text }) => text).join('\n')}`);
}
