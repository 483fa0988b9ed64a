import { mkdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { inject } from 'vitest';

// Flags for serverless use that we don't want: pages would share a process, or web security would be off.
const unwantedFlags = [
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
];

const hasBundledChromium = process.platform === 'linux' && process.arch === 'x64';

/** Starts Chrome from CHROME_PATH, otherwise the Chromium from npm, otherwise an installed Chrome. */
export async function launchChromium(flags: readonly string[]): Promise<Browser> {
  const chromePath = process.env.CHROME_PATH;
  if (!chromePath && hasBundledChromium) return launchBundled(flags);
  const options: LaunchOptions = chromePath ? { executablePath: chromePath } : { channel: 'chrome' };
  return chromium.launch({ ...options, args: [...flags, '--no-sandbox'] }).catch((error: unknown) => {
    throw new Error('The browser tests found no Chrome. Set CHROME_PATH.', { cause: error });
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

// The first test file of a run unpacks the browser.
async function claimFolder(folder: string): Promise<boolean> {
  return mkdir(folder).then(
    () => true,
    () => false,
  );
}

/** Unpacks the browser, its fonts and libraries into a folder of this run. */
async function unpack(folder: string): Promise<void> {
  const { default: bundled } = await import('@sparticuz/chromium');
  const before = { ...process.env };
  // TMPDIR is the target folder; AWS_EXECUTION_ENV makes it unpack the libraries too.
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
  const aliases = ['sans-serif', 'system-ui'].map(
    (name) => `<alias><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir>${aliases.join('')}
    <cachedir>${join(tmpdir(), 'font-cache')}</cachedir></fontconfig>`;
}

async function waitFor(file: string): Promise<void> {
  const exists = () => stat(file).then(Boolean, () => false);
  while (!(await exists())) await sleep(50);
}
