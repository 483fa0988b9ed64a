// Builds dist/ from TypeScript, and public/built/ from styles, scripts and images. Fails on any error or warning.
// Builds into temporary folders and then renames file by file, so that a running server or a concurrent build never
// sees a partial file.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, parse, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

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
const names = addFingerprints(built);
writeFileSync(join(built, 'manifest.json'), JSON.stringify(names));
await compressFiles(built);
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

/**
 * Renames `name.ext` to `name-<fingerprint>.ext`, so that a URL never has other content. The chunks of scripts have a
 * fingerprint already.
 * @returns the new names by the old ones
 */
function addFingerprints(folder) {
  const names = {};
  for (const file of filesIn(folder)) {
    const { dir, name, ext } = parse(file);
    if (/-[A-Z0-9]{8}$/.test(name)) continue;
    const fingerprint = createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 10);
    const renamed = join(dir, `${name}-${fingerprint}${ext}`);
    renameSync(file, renamed);
    names[relative(folder, file)] = relative(folder, renamed);
  }
  return names;
}

/** Adds a brotli and a gzip version of each text file. */
async function compressFiles(folder) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const files = filesIn(folder).filter((name) => /\.(js|css|svg)$/.test(name));
  await Promise.all(
    files.map(async (file) => {
      const content = readFileSync(file);
      writeFileSync(`${file}.br`, await promisify(brotliCompress)(content, quality));
      writeFileSync(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
    }),
  );
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
