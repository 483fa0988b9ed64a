// Runs `npm ci` if node_modules doesn't match package-lock.json; otherwise fast and silent.
// Runs before node_modules exists, so it is plain JavaScript and uses only Node.js modules.
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
  fail(`Homecoming needs Node.js 20.19 or newer, but this is ${process.version}. See https://nodejs.org.`);
if (isIncomplete()) await withLock(install);

/** Whether a package is missing or outdated. Ignores optional packages, which may be for other platforms. */
function isIncomplete() {
  // npm deletes this list when it starts and writes it when it is done, so an interrupted install has none.
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json'))
    .filter(([path, locked]) => path !== '' && !locked.optional && !locked.link)
    .some(([path, locked]) => installed[path]?.version !== locked.version || !existsSync(path));
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

/** Runs `work` under a lock directory, which is touched every second. An older one belongs to a dead process. */
async function withLock(work) {
  for (let waited = 0; !tryAcquire(); waited += 1) {
    if (waited === 1) process.stderr.write('Waiting for another installation to finish.\n');
    const { mtimeMs = Date.now() } = statSync(lock, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > 5_000) rmSync(lock, { recursive: true, force: true });
    else await sleep(100);
  }
  const heartbeat = setInterval(() => utimesSync(lock, new Date(), new Date()), 1_000);
  await work();
  clearInterval(heartbeat);
  rmSync(lock, { recursive: true, force: true });
}

function tryAcquire() {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

async function install() {
  // Another process may have done it in the meantime.
  if (!isIncomplete()) return;
  process.stderr.write('Installing the packages of package-lock.json …\n');
  const ci = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath ?? '';
  const [command, args] = basename(npm) === 'npm-cli.js' ? [process.execPath, [npm, ...ci]] : ['npm', ci];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit').catch((error) => [error.message]);
  if (code === 0) return;
  rmSync(lock, { recursive: true, force: true });
  fail(
    'Installing the packages failed; see the messages of npm above. Check the network connection and try again.',
  );
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
