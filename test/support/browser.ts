import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { launchChromium } from './chromium.ts';
import { app } from './fixtures.ts';
import type { Visitor } from './visitor.ts';

// Nothing moves, so that what is measured is what stays.
export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  reducedMotion: 'reduce',
} as const;
export const desktop = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const;

/** A browser with a memory of its own, and what it asked for. */
export type BrowserSession = Readonly<{ page: Page; context: BrowserContext; requests: Request[] }>;

export type OpenBrowser = (options?: BrowserContextOptions) => Promise<BrowserSession>;

const ownHost = new URL(config.baseUrl).host;
// The browser itself writes a line about each answer of 400 and more.
const statusLine = /^Failed to load resource: the server responded with a status of \d+/;

/**
 * For a whole test file: the one app behind a real browser, under its real address. Whatever runs in it must keep the
 * strict rules: nothing refused by the browser, no error of the page's scripts, nothing asked of another host.
 * @param lifetime when seats are left: after each test, or with the file for tests that share one
 * @returns takes a seat
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
    if (!browser) throw new Error('seats are taken in tests, not before');
    const context = await browser.newContext({ baseURL: config.baseUrl, ...options });
    contexts.push(context);
    context.setDefaultTimeout(15_000);
    return { page: await context.newPage(), context, requests: recordRequests(context, errors) };
  };
}

/** Forgets who sat there before, and goes on as somebody who signed in without JavaScript, or as nobody. */
export async function switchUser({ context }: BrowserSession, as?: Visitor): Promise<void> {
  await context.clearCookies();
  if (as) await context.addCookies(cookiesOf(as));
}

function recordRequests(context: BrowserContext, errors: string[]): Request[] {
  const requests: Request[] = [];
  context.on('request', (request) => {
    requests.push(request);
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && host !== ownHost) errors.push(`another host was asked: ${request.url()}`);
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
