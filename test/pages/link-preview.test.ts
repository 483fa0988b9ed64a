import { load } from 'cheerio';
import type { Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { listLinkOpens } from '../../src/invitations/opens/link-open.ts';
import { config } from '../../src/platform/config/config.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { createLink, createMember, createTestGroup } from '../groups/group-fixtures.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  linkInMail,
  newVisitor,
  registerMinor,
  uniqueAddress,
} from '../support/fixtures.ts';

const WHATSAPP = 'WhatsApp/2.23.20.0 A';
const previewAgents = [
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  WHATSAPP,
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'TelegramBot (like TwitterBot)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0)',
  'Twitterbot/1.0',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5',
];

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

/** Requests a path as a program that follows redirects and keeps no cookies. */
async function fetchWithoutCookies(path: string, agent: string): Promise<Response> {
  const answer = await newVisitor().agent.get(path).set('User-Agent', agent);
  const { location } = answer.headers;
  return answer.status === 303 ? fetchWithoutCookies(String(location), agent) : answer;
}

function metaOf({ text }: Response): Record<string, string> {
  const $ = load(text);
  const tags = $('meta[property], meta[name]').get();
  return Object.fromEntries(
    tags.map((tag) => [$(tag).attr('property') ?? $(tag).attr('name') ?? '', $(tag).attr('content') ?? '']),
  );
}

/** An invitation of someone who is on file. */
async function createInvitation() {
  const email = uniqueAddress();
  await createTestRecord(email, { lastName: 'Quillmarsh' });
  return { email, issued: await createTestInvitation(email, { message: 'Dear Xanthippe' }) };
}

async function groupLink(): Promise<string> {
  const groupId = await createTestGroup();
  return (await createLink(groupId, await createMember(groupId, 'owner'))).url;
}

async function guardianLink(): Promise<string> {
  await registerMinor(uniqueAddress());
  return linkInMail(await latestMail('gita@example.org'));
}

async function passwordLink(): Promise<string> {
  const { email } = await createTestAccount(uniqueAddress());
  await newVisitor().post('/forgot-password', { email });
  return linkInMail(await latestMail(email));
}

describe('the preview of a link', () => {
  const links: [string, () => Promise<string>, string][] = [
    [
      'an invitation',
      async () => (await createInvitation()).issued.url,
      'An invitation from Alumni Association',
    ],
    ['a group', groupLink, 'Join a group at Alumni Association'],
    ['a guardian', guardianLink, 'Alumni Association needs a parent’s or guardian’s permission'],
    ['a new password', passwordLink, 'Choose a new password for Alumni Association'],
    ['the sign-in page', async () => `${config.baseUrl}/sign-in`, 'Alumni Association'],
    ['the start page', async () => `${config.baseUrl}/`, 'Alumni Association'],
  ];

  it.each(links)(
    'has a title, a text and a picture, for any program without cookies: %s',
    async (_kind, createLink, title) => {
      const path = pathOf(await createLink());
      for (const agent of [WHATSAPP, 'curl/8.5.0', 'Some new chat/1.0']) {
        const answer = await fetchWithoutCookies(path, agent);
        expect([agent, answer.status]).toEqual([agent, 200]);
        const meta = metaOf(answer);
        expect(meta).toMatchObject({
          'og:title': title,
          'og:site_name': 'Alumni Association',
          'og:description': expect.stringMatching(/^.{20,120}$/),
          'og:image:width': '1200',
          'twitter:card': 'summary_large_image',
        });
        expect(meta['og:image']).toMatch(new RegExp(`^${config.baseUrl}/built/preview-.+\\.png$`));
        expect(meta.robots).toBe(path === '/' ? undefined : 'noindex, nofollow');
        expect((await newVisitor().agent.head(path).set('User-Agent', agent)).status).toBeLessThan(400);
      }
      const image = metaOf(await fetchWithoutCookies(path, WHATSAPP))['og:image'] ?? '';
      const picture = await newVisitor().agent.get(pathOf(image));
      expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png']);
    },
  );

  it.each(previewAgents)('reveals nothing about the person and uses nothing up: %s', async (agent) => {
    const {
      email,
      issued: { url, invitation },
    } = await createInvitation();
    const paths = [
      pathOf(url),
      `/invite/${tokenOf(url)}`,
      `/join?token=${tokenOf(url)}`,
      '/register?token=nonsense',
    ];
    for (const path of [...paths, '/register']) {
      const { agent: http } = newVisitor();
      for (const request of [http.get(path), http.head(path)]) {
        const answer = await request.set('User-Agent', agent);
        expect([path, answer.status]).toEqual([path, 200]);
        expect(answer.headers['set-cookie']).toBeUndefined();
        expect(answer.text ?? '').not.toMatch(/Xanthippe|Quillmarsh|invalid/i);
        expect(answer.text ?? '').not.toContain(email);
        expect(answer.text ?? '').not.toContain(tokenOf(url));
      }
    }
    expect(await listLinkOpens(invitation.id)).toEqual([]);
    expect((await newVisitor().open(pathOf(url))).text).toContain('Xanthippe');
  });

  it('shows the organisation’s own name and logo', async () => {
    const file = `${'0'.repeat(32)}.png`;
    await queryRows(`insert into logos (file, content) values ($1, '\\x89')`, [file]);
    await queryRows(
      `update settings set organisation_name = 'Quill <School>', logo_file = $1, logo_width = 640, logo_height = 200`,
      [file],
    );
    await readSettings();
    const meta = metaOf(await fetchWithoutCookies(pathOf((await createInvitation()).issued.url), WHATSAPP));
    expect(meta).toMatchObject({
      'og:title': 'An invitation from Quill <School>',
      'og:image': `${config.baseUrl}/logo/${file}`,
      'og:image:width': '640',
      'og:image:height': '200',
      'twitter:card': 'summary',
    });
    const manifest = await newVisitor().agent.get('/site.webmanifest');
    expect(JSON.parse(manifest.text).name).toBe('Quill <School>');
    await queryRows(
      `update settings set organisation_name = default, logo_file = null, logo_width = null, logo_height = null`,
    );
    await readSettings();
  });

  it('isn’t part of the pages of people who are signed in', async () => {
    const { email } = await createTestAccount(uniqueAddress());
    const visitor = newVisitor();
    await visitor.signIn(email, 'quiet river under stones');
    expect((await visitor.open('/home')).html).not.toContain('og:title');
  });
});

describe('the files of the site', () => {
  it.each([
    ['/favicon.ico', 'image/vnd.microsoft.icon'],
    ['/apple-touch-icon.png', 'image/png'],
    ['/site.webmanifest', 'application/manifest+json'],
    ['/robots.txt', 'text/plain'],
  ])('are cached and need no session: %s', async (path, type) => {
    for (const method of ['get', 'head'] as const) {
      const answer = await newVisitor().agent[method](path);
      expect([answer.status, String(answer.headers['content-type']).split(';')[0]]).toEqual([200, type]);
      expect(answer.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });

  it('include icons of the sizes that the manifest names', async () => {
    const manifest = JSON.parse((await newVisitor().agent.get('/site.webmanifest')).text);
    expect(manifest).toMatchObject({ name: 'Alumni Association', start_url: '/home', lang: 'en' });
    expect(manifest.icons.map(({ sizes, purpose }: Record<string, string>) => `${sizes} ${purpose}`)).toEqual(
      ['192x192 any', '512x512 any', '512x512 maskable'],
    );
    for (const { src, sizes } of manifest.icons) {
      const { body } = await newVisitor().agent.get(src);
      expect(`${body.readUInt32BE(16)}x${body.readUInt32BE(20)}`).toBe(sizes);
    }
    const page = await newVisitor().open('/sign-in');
    for (const rel of ['icon', 'apple-touch-icon', 'manifest'])
      expect((await newVisitor().agent.get(page.$(`link[rel=${rel}]`).attr('href') ?? '')).status).toBe(200);
  });

  it('let search engines see the start page only, and preview agents everything', async () => {
    const { text } = await newVisitor().agent.get('/robots.txt');
    expect(text).toMatch(/User-agent: Twitterbot\nDisallow:\n/);
    expect(text).toMatch(/User-agent: \*\n(Allow: .+\n)+Disallow: \/\n$/);
    expect(text).toContain('Allow: /$\n');
  });
});
