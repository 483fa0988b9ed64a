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
const forms = (of: Express) => routesOf(of).filter(isUnsafe);

/** What a browser says when a page of another site, or of another host under our domain, makes it send something. */
const foreign: Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'nonsense' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: config.baseUrl },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: `${config.baseUrl}.evil.example` },
  { Origin: config.baseUrl.replace(/^http:/, 'https:') },
];

// Whatever any form of ours takes, so that one that were let through would change something.
const everything = {
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

async function unprotected(of: Express): Promise<string[]> {
  const open: string[] = [];
  for (const route of forms(of)) {
    const { status } = await request(of).post(pathOf(route)).set('Sec-Fetch-Site', 'cross-site');
    if (status !== 403) open.push(routeName(route));
  }
  return open;
}

describe('a form that another site sends', () => {
  it('is refused on every route that takes one', async () => {
    expect(forms(app).map(routeName)).toEqual(
      expect.arrayContaining(['POST /sign-in', 'POST /register', 'POST /admin/invitations/:id/revocation']),
    );
    expect(await unprotected(app)).toEqual([]);
  });

  it('would be found on a route without the check', async () => {
    const open = express();
    open.post('/planted', (_req, res) => {
      res.end();
    });
    open.use(createApp());
    expect(await unprotected(open)).toEqual(['POST /planted']);
  });

  it.each(forms(app).map((route) => [routeName(route), route] as const))(
    'is refused at %s, typed, with a file or by htmx, and changes nothing',
    async (_name, route) => {
      const before = await snapshot();
      for (const headers of foreign) {
        const { agent } = victimOf(route);
        const sent = [
          agent.post(pathOf(route)).set(headers).type('form').send(everything),
          agent.post(pathOf(route)).set(headers).set('HX-Request', 'true').type('form').send(everything),
          agent.post(pathOf(route)).set(headers).attach('file', Buffer.from('a@example.org'), 'a.csv'),
          agent.post(pathOf(route)).set(headers).type('text').send('email=forged@example.org'),
        ];
        for (const answer of await Promise.all(sent)) {
          expect(answer.status, JSON.stringify(headers)).toBe(403);
          expect(answer.text).toContain('This form was sent from another website');
          expect(answer.headers['set-cookie']).toBeUndefined();
        }
      }
      expect(await snapshot()).toEqual(before);
    },
  );

  it('leaves everybody signed in, and the invitation open', async () => {
    expect((await admin.open('/home')).path).toBe('/home');
    expect((await opened.open('/register')).status).toBe(200);
    expect(await Account.count({ where: { email: everything.email } })).toBe(0);
  });
});

describe('a form of our own', () => {
  it.each([
    ['a browser that says so', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a browser whose person typed the address', { 'Sec-Fetch-Site': 'none' }],
    ['an older browser', { Origin: config.baseUrl }],
    ['a developer’s browser at another port', { Origin: 'http://127.0.0.1:5123', Host: '127.0.0.1:5123' }],
    ['a program, which says neither', {}],
  ])('is taken from %s', async (_who, headers: Record<string, string>) => {
    const { email } = await createTestAccount(`${crypto.randomUUID()}@example.org`);
    const answer = await request(app)
      .post('/sign-in')
      .set(headers)
      .type('form')
      .send({ email, password: validPassword });
    expect([answer.status, answer.headers.location]).toEqual([303, '/home']);
  });
});

describe('the routes without this check', () => {
  // They take a bearer token, which no other site can make a browser send; a cookie counts for nothing.
  const exempt = [
    'POST /api/v1/token',
    'POST /api/v1/groups/:id/generate-invite-link',
    'POST /api/v1/groups/:id/redeem-invite-link',
    'POST /api/v1/invitations',
    'POST /api/v1/invitations/:id/resends',
    'POST /api/v1/invitations/:id/revocation',
    'POST /api/v1/invitations/bulk',
  ];

  it('are those of the API alone', () => {
    expect(apiRoutesOf(app).filter(isUnsafe).map(routeName).sort()).toEqual([...exempt].sort());
  });

  it.each(exempt)('take nothing for a cookie: %s', async (name) => {
    const before = await snapshot();
    const path = name.replace('POST ', '').replace(':id', issued.invitation.id);
    const answer = await admin.agent.post(path).set('Sec-Fetch-Site', 'cross-site').send(everything);
    expect(answer.status).toBe(name === 'POST /api/v1/token' ? 422 : 401);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await snapshot()).toEqual(before);
  });
});

it('pages for somebody without a session make none', async () => {
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
