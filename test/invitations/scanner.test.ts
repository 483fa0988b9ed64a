import { describe, expect, it } from 'vitest';
import type { ClientSignals } from '../../src/invitations/opens/client-signals.ts';
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
const calm = { msSinceMailed: 60_000, recentLinksFromNetwork: 1 };

describe('a link that is opened', () => {
  it.each<[string, Partial<ClientSignals>]>([
    ['a phone', {}],
    ['an old browser that says nothing of what it fetches', { fetchMode: null, fetchDest: null }],
    [
      'a phone called Cubot',
      { userAgent: 'Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) Chrome/120 Mobile' },
    ],
    ['Opera Mini', { userAgent: 'Opera/9.80 (Android; Opera Mini/36) Presto/2.12 Version/12.16' }],
  ])('may be opened by a person: %s', (_what, signs) => {
    expect(classifyLinkOpen({ ...phone, ...signs }, calm)).toBe('unconfirmed');
  });

  it.each<[string, Partial<ClientSignals>]>([
    ['asks for the head only', { method: 'HEAD' }],
    ['loads ahead', { isPrefetch: true }],
    ['understands no language', { hasAcceptLanguage: false }],
    ['has no name', { userAgent: '' }],
    ['is curl', { userAgent: 'curl/8.5.0' }],
    ['is a bot', { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
    ['is a mail gateway', { userAgent: 'Mozilla/5.0 (Windows NT 10.0) BarracudaCentral' }],
    ['makes a preview', { userAgent: 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5' }],
    ['is a browser without a window', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/147' }],
    ['fetches by a script', { fetchMode: 'cors', fetchDest: 'empty' }],
    ['fetches a picture', { fetchMode: 'no-cors', fetchDest: 'image' }],
  ])('is opened by a program that %s', (_what, signs) => {
    expect(classifyLinkOpen({ ...phone, ...signs }, calm)).toBe('scanner');
    expect(isPageView({ ...phone, ...signs })).toBe(false);
  });

  it('within seconds of its mail, or with many others, is opened by a program', () => {
    expect(classifyLinkOpen(phone, { ...calm, msSinceMailed: MIN_HUMAN_DELAY_MS - 1 })).toBe('scanner');
    expect(classifyLinkOpen(phone, { ...calm, msSinceMailed: MIN_HUMAN_DELAY_MS })).toBe('unconfirmed');
    expect(classifyLinkOpen(phone, { ...calm, recentLinksFromNetwork: MAX_HUMAN_LINKS + 1 })).toBe('scanner');
    expect(classifyLinkOpen(phone, { ...calm, recentLinksFromNetwork: MAX_HUMAN_LINKS })).toBe('unconfirmed');
  });

  it('as a QR code on a table may be opened by a whole table', () => {
    expect(classifyLinkOpen(phone, { msSinceMailed: null, recentLinksFromNetwork: 20 })).toBe('unconfirmed');
  });
});

it('a page is looked at when the browser says that it goes to a page', () => {
  expect(isPageView(phone)).toBe(true);
  expect(isPageView({ ...phone, fetchMode: null, fetchDest: null })).toBe(false);
});
