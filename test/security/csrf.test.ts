import express, { type Express } from 'express';
import request from 'supertest';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { createApp } from '../../src/app.ts';
import { type Issued, resend } from '../../src/invitations/invite.ts';
import { account, app, goodPassword, invited, staff, stranger } from '../support/cast.ts';
import type { Visitor } from '../support/visitor.ts';
import { nameOf, type Route, routesOf } from './inventory.ts';
import { snapshot } from './snapshot.ts';

const posts = (of: Express) => routesOf(of).filter(({ method }) => method !== 'GET');

// Whatever any form of ours takes, so that a door left open would be walked through.
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
let foreign: string;
let tokens: Map<Visitor, string>;
let before: Record<string, string>;

beforeAll(async () => {
  issued = await invited('opened@example.org');
  admin = await staff('admin');
  opened = stranger();
  await opened.open(issued.url);
  const foreigner = stranger();
  await foreigner.open('/sign-in');
  foreign = foreigner.csrf();
  await admin.open('/home');
  tokens = new Map([admin, opened].map((visitor) => [visitor, visitor.csrf()]));
});
beforeEach(async () => {
  before = await snapshot();
});
afterEach(async () => {
  expect(await snapshot()).toEqual(before);
});

const pathOf = ({ path }: Route) => path.replace(/:\w+/, issued.invitation.id).replace('{*page}', 'mailbox');
const victimOf = ({ path }: Route) => (path.startsWith('/register') ? opened : admin);
/** The routes that take a form although it carries no token. */
async function unprotected(of: Express): Promise<string[]> {
  const open: string[] = [];
  for (const route of posts(of)) {
    const { status } = await request(of).post(pathOf(route)).type('form').send(everything);
    if (status !== 403) open.push(nameOf(route));
  }
  return open;
}

describe('the inventory of forms', () => {
  it('holds all that we know of', () => {
    const names = posts(app).map(nameOf);
    expect(names).toContain('POST /sign-in');
    expect(names).toContain('POST /sign-out');
    expect(names).toContain('POST /register');
    expect(names).toContain('POST /admin/invitations/:id/revocation');
    expect(names.length).toBeGreaterThanOrEqual(13);
  });

  it('finds no form that is taken without a token', async () => {
    expect(await unprotected(app)).toEqual([]);
  });

  it('would find one', async () => {
    const open = express();
    open.post('/planted', (_req, res) => {
      res.end();
    });
    open.use(createApp());
    expect(await unprotected(open)).toEqual(['POST /planted']);
  });
});

describe.each(posts(app).map((route) => [nameOf(route), route] as const))('%s', (_name, route) => {
  it('is refused without a token, with another session’s, with several and with an empty one', async () => {
    const victim = victimOf(route);
    const own = tokens.get(victim) ?? '';
    expect(own).toMatch(/^[0-9a-f]{32,}$/);
    for (const tokens of [
      {},
      { _csrf: foreign },
      { _csrf: [own, own] },
      { 'x[_csrf]': own },
      { _csrf: '' },
    ]) {
      const answer = await victim.post(pathOf(route), { ...everything, ...tokens });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('This form is no longer valid');
    }
    const header = await victim.post(pathOf(route), everything).set('X-CSRF-Token', foreign);
    expect(header.status).toBe(403);
    const inAddress = await victim.post(`${pathOf(route)}?_csrf=${own}`, everything);
    expect(inAddress.status).toBe(403);
  });

  it('is refused from another site although the token is right', async () => {
    const victim = victimOf(route);
    const _csrf = tokens.get(victim) ?? '';
    for (const site of ['cross-site', 'same-site', 'nonsense']) {
      const answer = await victim.post(pathOf(route), { ...everything, _csrf }).set('Sec-Fetch-Site', site);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('sent from another website');
    }
  });

  it('is refused as JSON and as plain text', async () => {
    const victim = victimOf(route);
    const _csrf = tokens.get(victim) ?? '';
    const body = JSON.stringify({ ...everything, _csrf });
    for (const type of ['application/json', 'text/plain']) {
      const answer = await victim.agent.post(pathOf(route)).set('Content-Type', type).send(body);
      expect(answer.status).toBe(403);
    }
  });
});

describe('after all these', () => {
  it('everybody is signed in and admitted as before, and nothing forged is there', async () => {
    expect((await admin.open('/home')).path).toBe('/home');
    expect((await opened.open('/register')).status).toBe(200);
    expect(await Account.count({ where: { email: everything.email } })).toBe(0);
  });

  it('the fingerprint of the tables would have shown a change', async () => {
    const still = before;
    await resend(issued.invitation.id, 'mail', { kind: 'system' });
    before = await snapshot();
    expect(before).not.toEqual(still);
    expect(before['public.invitation_links']).not.toBe(still['public.invitation_links']);
  });

  it('a token is good for its own session only as long as that lives', async () => {
    await account('leaving@example.org');
    const visitor = stranger();
    await visitor.signIn('leaving@example.org', goodPassword);
    const _csrf = visitor.csrf();
    await visitor.submit('/sign-out');
    before = await snapshot();
    expect((await visitor.post('/sign-in', { ...everything, _csrf })).status).toBe(403);
  });
});
