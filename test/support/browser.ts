import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { launchChromium } from './chromium.ts';
import { app } from './fixtures.ts';
import type { Visitor } from './visitor.ts';

// Without animations, so that measurements are stable.
export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  reducedMotion: 'reduce',
} as const;
export const desktop = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const;

/** An isolated browser context, and the requests it made. */
export type BrowserSession = Readonly<{ page: Page; context: BrowserContext; requests: Request[] }>;

export type OpenBrowser = (options?: BrowserContextOptions) => Promise<BrowserSession>;

const ownHost = new URL(config.baseUrl).host;
// Chromium logs each response with a status of 400 or more.
const statusLine = /^Failed to load resource: the server responded with a status of \d+/;

/**
 * For a whole test file: the app in a real browser, under its base URL. A test fails if the browser blocks something, a script
 * throws, or a page requests another host.
 * @param lifetime whether contexts are closed after each test or at the end of the file
 * @returns opens a browser context
 */
export function useBrowser(lifetime: 'test' | 'file' = 'test'): OpenBrowser {
  const contexts: BrowserContext[] = [];
  const errors: string[] = [];
  let listening: WebServer | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    listening = await listen(app, 0);
    const rules = [`MAP ${ownHost} 127.0.0.1:${listening.port}`, 'MAP * ~NOTFOUND'];
    browser = await launchChromium([`--host-resolver-rules=${rules.join(', ')}`]);
  });

  afterEach(async () => {
    if (lifetime === 'test') for (const context of contexts.splice(0)) await context.close();
    expect(errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await listening?.stop();
    await closeDatabase();
  });

  return async (options = desktop) => {
    if (!browser) throw new Error('open browsers only inside tests');
    const context = await browser.newContext({ baseURL: config.baseUrl, ...options });
    contexts.push(context);
    context.setDefaultTimeout(15_000);
    return { page: await context.newPage(), context, requests: recordRequests(context, errors) };
  };
}

/** Replaces the browser's cookies by those of a visitor; without a visitor, signs out. */
export async function switchUser({ context }: BrowserSession, visitor?: Visitor): Promise<void> {
  await context.clearCookies();
  if (visitor) await context.addCookies(cookiesOf(visitor));
}

function recordRequests(context: BrowserContext, errors: string[]): Request[] {
  const requests: Request[] = [];
  context.on('request', (request) => {
    requests.push(request);
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== ownHost) errors.push(`request to another host: ${request.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error' && !statusLine.test(message.text())) errors.push(message.text());
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  return requests;
}

function cookiesOf({ agent }: Visitor) {
  const { jar } = agent as unknown as {
    jar: { getCookies(access: unknown): { name: string; value: string }[] };
  };
  const cookies = jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false });
  return cookies.map(({ name, value }) => ({ name, value, url: config.baseUrl }));
}
