// Installs what package-lock.json asks for and node_modules lacks; else it is silent and quick.
// It runs before node_modules exists, so it is plain JavaScript on Node's own modules.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const lock = join(root, '.install.lock');

refuseOldNode();
if (interrupted() || missing().length > 0) await installAlone();

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(
    `Homecoming needs Node.js 20.19 or newer, and this is ${process.version}. Get it from https://nodejs.org.`,
  );
}

/** Whether an install was killed, or is running now: either way node_modules can't be trusted yet. */
function interrupted() {
  return existsSync(lock);
}

/** The places of packages that should be here and aren't. Optional ones are left out: they are for other machines. */
function missing() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .filter(([place, wanted]) => place !== '' && !wanted.optional && !wanted.link)
    .filter(
      ([place, wanted]) =>
        installed[place]?.version !== wanted.version || !existsSync(join(root, place, 'package.json')),
    )
    .map(([place]) => place);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

async function installAlone() {
  const afterCrash = await takeLock();
  let code = 0;
  if (afterCrash || missing().length > 0) code = await install();
  releaseLock();
  if (code !== 0) {
    stop('The packages could not be installed; npm says why above. Is this computer online? Then try again.');
  }
}

function install() {
  process.stderr.write('Installing the packages of package-lock.json …\n');
  const ci = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath ?? '';
  const [command, args] = basename(npm) === 'npm-cli.js' ? [process.execPath, [npm, ...ci]] : ['npm', ci];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Waits for the lock. Answers whether its last holder died at work, so that everything must be installed again. */
async function takeLock() {
  let afterCrash = false;
  for (let waited = 0; !renamed(claim(), lock); waited += 1) {
    if (waited === 1)
      process.stderr.write(
        'Another install is at work here; waiting for it. (If none is, remove .install.lock.)\n',
      );
    if (breakStaleLock()) afterCrash = true;
    else await sleep(200);
  }
  return afterCrash;
}

// A directory with its holder's process id inside appears in one step by a rename, and a rename never
// replaces a directory that holds something.
function claim() {
  const own = `${lock}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, String(process.pid)), '');
  return own;
}

function breakStaleLock() {
  const holder = holderOf(lock);
  if (holder === null || isRunning(holder)) return false;
  const aside = `${lock}.stale.${process.pid}`;
  if (!renamed(lock, aside)) return false;
  const stale = holderOf(aside) === holder;
  if (!stale) renamed(aside, lock);
  rmSync(aside, { recursive: true, force: true });
  return stale;
}

function releaseLock() {
  const aside = `${lock}.${process.pid}`;
  renamed(lock, aside);
  rmSync(aside, { recursive: true, force: true });
}

function holderOf(directory) {
  try {
    return Number(readdirSync(directory)[0]) || null;
  } catch {
    return null;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function renamed(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) return false;
    throw error;
  }
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
