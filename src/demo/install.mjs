// Installs what package-lock.json asks for and node_modules lacks; else it is silent and quick.
// It runs before node_modules exists, so it is plain JavaScript on Node's own modules.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const lock = '.install.lock';

process.chdir(fileURLToPath(new URL('../../', import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Homecoming needs Node.js 20.19 or newer, and this is ${process.version}. See https://nodejs.org.`);
if (isIncomplete()) await alone(install);

/** Whether a package is missing here. Optional ones are left out: they are for other machines. */
function isIncomplete() {
  // npm removes this list before it begins and writes it when it is done: an install that was killed has none.
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json'))
    .filter(([place, wanted]) => place !== '' && !wanted.optional && !wanted.link)
    .some(([place, wanted]) => installed[place]?.version !== wanted.version || !existsSync(place));
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/** Holds the lock, a directory, while `work` lasts, and touches it every second: an old one is a dead process's. */
async function alone(work) {
  for (let waited = 0; !isTaken(); waited += 1) {
    if (waited === 1) process.stderr.write('Another install is at work here; waiting for it.\n');
    const { mtimeMs = Date.now() } = statSync(lock, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > 5_000) rmSync(lock, { recursive: true, force: true });
    else await sleep(100);
  }
  const beat = setInterval(() => utimesSync(lock, new Date(), new Date()), 1_000);
  await work();
  clearInterval(beat);
  rmSync(lock, { recursive: true, force: true });
}

function isTaken() {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function install() {
  // Whoever held the lock before may have done it.
  if (!isIncomplete()) return;
  process.stderr.write('Installing the packages of package-lock.json …\n');
  const ci = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath ?? '';
  const [command, args] = basename(npm) === 'npm-cli.js' ? [process.execPath, [npm, ...ci]] : ['npm', ci];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit').catch((error) => [error.message]);
  if (code === 0) return;
  rmSync(lock, { recursive: true, force: true });
  stop('The packages could not be installed; npm says why above. Is this computer online? Then try again.');
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
