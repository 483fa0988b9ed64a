import { mkdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { inject } from 'vitest';

// Those for small machines that must not be: pages would crash each other, or be freed from the rules of the web.
const unwantedFlags = [
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
];

const hasBundledChromium = process.platform === 'linux' && process.arch === 'x64';

/** Starts the Chrome of CHROME_PATH, else the Chromium that npm brought along, else an installed Chrome. */
export async function launchChromium(flags: readonly string[]): Promise<Browser> {
  const chromePath = process.env.CHROME_PATH;
  if (!chromePath && hasBundledChromium) return launchBundled(flags);
  const options: LaunchOptions = chromePath ? { executablePath: chromePath } : { channel: 'chrome' };
  return chromium.launch({ ...options, args: [...flags, '--no-sandbox'] }).catch((error: unknown) => {
    throw new Error('The browser tests found no Chrome. Set CHROME_PATH to one.', { cause: error });
  });
}

async function launchBundled(flags: readonly string[]): Promise<Browser> {
  const folder = join(inject('run').directory, 'chromium');
  const { default: bundled } = await import('@sparticuz/chromium');
  bundled.setGraphicsMode = false;
  if (await claimFolder(folder)) await unpack(folder);
  await waitFor(join(folder, 'ready'));
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: [...bundled.args.filter((flag) => !unwantedFlags.includes(flag)), ...flags, '--no-sandbox'],
    env: {
      ...process.env,
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  });
}

// Unpacked once a run, by the first test file that comes.
async function claimFolder(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    () => false,
  );
}

/** Unpacks the browser with its fonts and the system libraries it needs, into a folder of this run alone. */
async function unpack(folder: string): Promise<void> {
  const { default: bundled } = await import('@sparticuz/chromium');
  const before = { ...process.env };
  // What decides where to, and that the libraries are unpacked too.
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' });
  try {
    await bundled.executablePath();
  } finally {
    process.env = before;
  }
  await writeFile(join(folder, 'fonts.conf'), fontConfig(folder));
  await writeFile(join(folder, 'ready'), '');
}

function fontConfig(folder: string): string {
  const usual = ['sans-serif', 'system-ui'].map(
    (name) => `<alias><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir>${usual.join('')}
    <cachedir>${join(tmpdir(), 'font-cache')}</cachedir></fontconfig>`;
}

async function waitFor(file: string): Promise<void> {
  const isThere = () => stat(file).then(Boolean, () => false);
  while (!(await isThere())) await sleep(50);
}
