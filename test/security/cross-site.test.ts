import express, { type Express } from 'express';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { createApp } from '../../src/app.ts';
import { config } from '../../src/platform/config/config.ts';
import { queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  newVisitor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import type { Issued } from '../support/operations.ts';
import type { Visitor } from '../support/visitor.ts';
import { apiRoutesOf, type Route, routeName, routesOf } from './routes.ts';
import { snapshot } from './snapshot.ts';

const isUnsafe = ({ method }: Route) => method !== 'GET';
// Mail programs send it for the person (RFC 8058), from their servers or their own website. It reads no cookies, and the
// token in its URL is what allows it. See test/registration/unsubscribe.test.ts.
const UNSUBSCRIBE = 'POST /unsubscribe';
const formRoutes = (site: Express) =>
  routesOf(site).filter((route) => isUnsafe(route) && routeName(route) !== UNSUBSCRIBE);

/** Headers of requests from another site, or from another host under our domain. */
const crossSiteHeaders: Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'nonsense' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: config.baseUrl },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: `${config.baseUrl}.evil.example` },
  { Origin: config.baseUrl.replace(/^http:/, 'https:') },
];

// Valid values for many forms, so that an accepted request would change something.
const formFields = {
  email: 'forged@example.org',
  name: 'Forged Name',
  password: 'forged river under stones',
  code: '123456',
  reason: 'stop',
  delivery: 'mail',
  replace: 'yes',
};

let issued: Issued & { url: string };
let admin: Visitor;
let opened: Visitor;

beforeAll(async () => {
  issued = await createTestInvitation('opened@example.org');
  admin = await signInStaff('admin');
  opened = newVisitor();
  await opened.open(issued.url);
});

const pathOf = ({ path }: Route) => path.replace(/:\w+/, issued.invitation.id).replace('{*page}', 'mailbox');
const victimOf = ({ path }: Route) => (path.startsWith('/register') ? opened : admin);

async function findUnprotectedRoutes(site: Express): Promise<string[]> {
  const unprotected: string[] = [];
  for (const route of formRoutes(site)) {
    const { status } = await request(site).post(pathOf(route)).set('Sec-Fetch-Site', 'cross-site');
    if (status !== 403) unprotected.push(routeName(route));
  }
  return unprotected;
}

describe('a cross-site form', () => {
  it('is refused on every route that accepts forms', async () => {
    expect(formRoutes(app).map(routeName)).toEqual(
      expect.arrayContaining(['POST /sign-in', 'POST /register', 'POST /admin/invitations/:id/revocation']),
    );
    expect(await findUnprotectedRoutes(app)).toEqual([]);
  });

  it('would be accepted by a route without the check', async () => {
    const site = express();
    site.post('/planted', (_req, res) => {
      res.end();
    });
    site.use(createApp());
    expect(await findUnprotectedRoutes(site)).toEqual(['POST /planted']);
  });

  it.each(formRoutes(app).map((route) => [routeName(route), route] as const))(
    'is refused at %s, with fields, with a file or by htmx, and changes nothing',
    async (_name, route) => {
      const before = await snapshot();
      for (const headers of crossSiteHeaders) {
        const { agent } = victimOf(route);
        const requests = [
          agent.post(pathOf(route)).set(headers).type('form').send(formFields),
          agent.post(pathOf(route)).set(headers).set('HX-Request', 'true').type('form').send(formFields),
          agent.post(pathOf(route)).set(headers).attach('file', Buffer.from('a@example.org'), 'a.csv'),
          agent.post(pathOf(route)).set(headers).type('text').send('email=forged@example.org'),
        ];
        for (const response of await Promise.all(requests)) {
          expect(response.status, JSON.stringify(headers)).toBe(403);
          expect(response.text).toContain('This form was sent from another website');
          expect(response.headers['set-cookie']).toBeUndefined();
        }
      }
      expect(await snapshot()).toEqual(before);
    },
  );

  it('ends no session', async () => {
    expect((await admin.open('/home')).path).toBe('/home');
    expect((await opened.open('/register')).status).toBe(200);
    expect(await Account.count({ where: { email: formFields.email } })).toBe(0);
  });
});

describe('a same-site form', () => {
  it.each([
    ['Sec-Fetch-Site: same-origin', { 'Sec-Fetch-Site': 'same-origin' }],
    ['Sec-Fetch-Site: none', { 'Sec-Fetch-Site': 'none' }],
    ['Origin only, as older browsers send', { Origin: config.baseUrl }],
    [
      'the host and port of a development server',
      { Origin: 'http://127.0.0.1:5123', Host: '127.0.0.1:5123' },
    ],
    ['neither header, as programs send', {}],
  ])('is accepted with %s', async (_headers, headers: Record<string, string>) => {
    const { email } = await createTestAccount(`${crypto.randomUUID()}@example.org`);
    const response = await request(app)
      .post('/sign-in')
      .set(headers)
      .type('form')
      .send({ email, password: validPassword });
    expect([response.status, response.headers.location]).toEqual([303, '/home']);
  });
});

describe('routes without the check', () => {
  // They require a bearer token, which another site can't make a browser send, and ignore cookies.
  const exempt = [
    'POST /api/v1/token',
    ...['/api/v1/groups', '/groups'].flatMap((groups) => [
      `POST ${groups}/:id/generate-invite-link`,
      `POST ${groups}/:id/redeem-invite-link`,
    ]),
    'PUT /api/v1/alumni/:external_id',
    'POST /api/v1/alumni/bulk',
    'POST /api/v1/invitations',
    'POST /api/v1/invitations/bulk',
    ...['address', 'extension', 'resends', 'revocation'].map(
      (verb) => `POST /api/v1/invitations/:id/${verb}`,
    ),
    'POST /api/v1/campaigns',
    ...['checks', 'recall', 'sending', 'settings'].map((verb) => `POST /api/v1/campaigns/:id/${verb}`),
    'POST /api/v1/imports',
    ...['confirmation', 'undo'].map((verb) => `POST /api/v1/imports/:id/${verb}`),
    ...['approval', 'dismissal'].map((verb) => `POST /api/v1/requests/:id/${verb}`),
    'POST /api/v1/webhooks',
    ...['pause', 'resumption'].map((verb) => `POST /api/v1/webhooks/:webhook_id/${verb}`),
    'DELETE /api/v1/webhooks/:webhook_id',
  ];

  it('are only those of the API, and the link in mails that stops invitations', async () => {
    expect(apiRoutesOf(app).filter(isUnsafe).map(routeName).sort()).toEqual([...exempt].sort());
    expect(routesOf(app).map(routeName)).toContain(UNSUBSCRIBE);
    const response = await admin.agent
      .post('/unsubscribe')
      .set('Sec-Fetch-Site', 'cross-site')
      .send(formFields);
    expect([response.status, response.headers['set-cookie']]).toEqual([400, undefined]);
  });

  it.each(exempt)('ignore cookies: %s', async (name) => {
    const before = await snapshot();
    const [method = '', path = ''] = name.replace(/:\w+/, issued.invitation.id).split(' ');
    const verb = method.toLowerCase() as 'post' | 'put' | 'delete';
    const response = await admin.agent[verb](path).set('Sec-Fetch-Site', 'cross-site').send(formFields);
    expect(response.status).toBe(name === 'POST /api/v1/token' ? 422 : 401);
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(await snapshot()).toEqual(before);
  });
});

it('pages don’t create a session for an anonymous visitor', async () => {
  const count = async () => (await queryRows<{ n: number }>('select count(*)::int as n from sessions'))[0]?.n;
  const before = await count();
  const pages = routesOf(app).filter(({ method, path }) => method === 'GET' && !/[:{]/.test(path));
  expect(pages.length).toBeGreaterThan(20);
  for (const { path } of pages) {
    const { headers } = await request(app).get(path);
    expect(headers['set-cookie'], path).toBeUndefined();
  }
  expect(await count()).toBe(before);
});
