import { describe, expect, it } from 'vitest';
import type { ClientSignals } from '../../src/invitations/opens/scanner.ts';
import {
  classifyLinkOpen,
  isPageView,
  MAX_HUMAN_LINKS,
  MIN_HUMAN_DELAY_MS,
} from '../../src/invitations/opens/scanner.ts';

const phone: ClientSignals = {
  method: 'GET',
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  hasAcceptLanguage: true,
  isPrefetch: false,
  fetchMode: 'navigate',
  fetchDest: 'document',
};
const noContext = { msSinceMailed: 60_000, recentLinksFromNetwork: 1 };

describe('classifyLinkOpen', () => {
  it.each<[string, Partial<ClientSignals>]>([
    ['a phone', {}],
    ['an old browser without Sec-Fetch headers', { fetchMode: null, fetchDest: null }],
    [
      'a phone called Cubot',
      { userAgent: 'Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120 Mobile' },
    ],
    ['Opera Mini', { userAgent: 'Opera/9.80 (Android; Opera Mini/36) Presto/2.12 Version/12.16' }],
  ])('accepts %s as a possible person', (_client, signals) => {
    expect(classifyLinkOpen({ ...phone, ...signals }, noContext)).toBe('unconfirmed');
  });

  it.each<[string, Partial<ClientSignals>]>([
    ['a HEAD request', { method: 'HEAD' }],
    ['a prefetch', { isPrefetch: true }],
    ['a client without Accept-Language', { hasAcceptLanguage: false }],
    ['a client without a user agent', { userAgent: '' }],
    ['curl', { userAgent: 'curl/8.5.0' }],
    ['a bot', { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
    ['a mail gateway', { userAgent: 'Mozilla/5.0 (Windows NT 10.0) BarracudaCentral' }],
    ['a preview generator', { userAgent: 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5' }],
    ['a headless browser', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/147' }],
    ['a fetch by a script', { fetchMode: 'cors', fetchDest: 'empty' }],
    ['an image request', { fetchMode: 'no-cors', fetchDest: 'image' }],
  ])('classifies %s as a scanner', (_client, signals) => {
    expect(classifyLinkOpen({ ...phone, ...signals }, noContext)).toBe('scanner');
    expect(isPageView({ ...phone, ...signals })).toBe(false);
  });

  it('classifies opens within seconds of the mail, or of many links, as a scanner', () => {
    expect(classifyLinkOpen(phone, { ...noContext, msSinceMailed: MIN_HUMAN_DELAY_MS - 1 })).toBe('scanner');
    expect(classifyLinkOpen(phone, { ...noContext, msSinceMailed: MIN_HUMAN_DELAY_MS })).toBe('unconfirmed');
    expect(classifyLinkOpen(phone, { ...noContext, recentLinksFromNetwork: MAX_HUMAN_LINKS + 1 })).toBe(
      'scanner',
    );
    expect(classifyLinkOpen(phone, { ...noContext, recentLinksFromNetwork: MAX_HUMAN_LINKS })).toBe(
      'unconfirmed',
    );
  });

  it('accepts many opens of shared links from one network', () => {
    expect(classifyLinkOpen(phone, { msSinceMailed: null, recentLinksFromNetwork: 20 })).toBe('unconfirmed');
  });
});

it('isPageView needs a page navigation', () => {
  expect(isPageView(phone)).toBe(true);
  expect(isPageView({ ...phone, fetchMode: null, fetchDest: null })).toBe(false);
});
