import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { queryRow } from '../support/database.ts';
import { app, createTestAccount, createTestInvitation, createTestRecord } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import type { Expectation } from './matrix/expectations.ts';
import { matrix } from './matrix/matrix.ts';
import { people, visitorAs } from './people.ts';
import { sendRequest } from './raw-http.ts';
import { routeName, routesOf } from './routes.ts';

let listening: WebServer;
/** Of a child of somebody who is none of `people`. */
let profileId: string;

beforeAll(async () => {
  listening = await listen(app, 0);
  const owner = await createTestAccount('owner@example.org');
  const recordId = await createTestRecord('owner@example.org', {
    yearOfBirth: new Date().getUTCFullYear() - 16,
  });
  const claimed = await queryRow<{ id: string }>(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'child', 1) returning id`,
    [owner.id, recordId],
  );
  profileId = claimed?.id ?? '';
});

async function answerTo(visitor: Visitor, name: string): Promise<Expectation> {
  const [method, path = ''] = name.split(' ');
  const id = path.includes('/invitations/:id')
    ? (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation.id
    : '';
  const filled = path
    .replace(':id', id || 'nobody')
    .replace(':profileId', profileId)
    .replace(':version', '1')
    .replace(':token', 'nonsense')
    .replace('{*page}', 'mailbox');
  const answer = await (method === 'POST' ? visitor.post(filled) : visitor.agent.get(filled));
  const location: string | undefined = answer.headers.location;
  return location === undefined
    ? answer.status
    : location.replace(/\?returnTo=.*$/, '').replace(/\/\d+$/, '/:id');
}

// A page leads to signing in. A form is answered with the sign-in page itself, which keeps what was typed.
function asForm(name: string, answer: Expectation | undefined): Expectation | undefined {
  return name.startsWith('POST ') && answer === '/sign-in' ? 401 : answer;
}

afterAll(() => listening.stop());

describe('who may do what', () => {
  it('is written down for every route there is, and for no other', () => {
    expect(Object.keys(matrix).sort()).toEqual(routesOf(app).map(routeName).sort());
  });

  it.each(people)('holds for: %s', async (person) => {
    const visitor = await visitorAs(person);
    const column = people.indexOf(person);
    const found: Record<string, Expectation> = {};
    // Signing out comes last: nobody would be who they are after it.
    const names = Object.keys(matrix).filter((name) => name !== 'POST /sign-out');
    for (const name of [...names, 'POST /sign-out']) found[name] = await answerTo(visitor, name);
    const expected = Object.entries(matrix).map(([name, answers]) => [name, asForm(name, answers[column])]);
    expect(found).toEqual(Object.fromEntries(expected));
  });
});

describe('another way to write a path', () => {
  const guarded = [
    '/home',
    '/account/data.json',
    '/admin',
    '/admin/invitations',
    '/admin/invitations/:id',
    '/admin/invitations/new',
  ];
  const writings: [string, (path: string) => string][] = [
    ['a slash at the end', (path) => `${path}/`],
    ['upper case', (path) => path.toUpperCase()],
    ['two slashes', (path) => `/${path}`],
    ['two slashes inside', (path) => path.replaceAll(/(?<=.)\//g, '//')],
    ['a dot', (path) => `/.${path}`],
    ['a way up', (path) => `/health/..${path}`],
    ['an escaped way up', (path) => `/health/%2e%2e${path}`],
    ['an escaped way up with an escaped slash', (path) => `/built/..%2f${path.slice(1)}`],
    [
      'an escaped letter',
      (path) => path.replace(/^\/(.)/, (_all, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`),
    ],
    ['an escaped slash', (path) => path.replaceAll(/(?<=.)\//g, '%2f')],
    ['a backslash', (path) => path.replaceAll(/(?<=.)\//g, '\\')],
    ['a semicolon', (path) => `${path};a=b`],
    ['an ending', (path) => `${path}.json`],
    ['a whole address', (path) => `http://evil.example${path}`],
  ];

  it.each(['anonymous', 'member', 'support'] as const)('opens nothing more to: %s', async (person) => {
    const { port } = listening;
    const { id } = (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation;
    const visitor = await visitorAs(person);
    const Cookie = String((await visitor.agent.get('/')).request.cookies ?? '');
    for (const template of guarded) {
      const path = template.replace(':id', id);
      const usual = await sendRequest(port, path, { headers: { Cookie } });
      const head = await sendRequest(port, path, { method: 'HEAD', headers: { Cookie } });
      expect([head.status, head.headers.location]).toEqual([usual.status, usual.headers.location]);
      for (const [what, write] of writings) {
        const { status, headers } = await sendRequest(port, write(path), { headers: { Cookie } });
        const same = status === usual.status && headers.location === usual.headers.location;
        const no = [400, 403, 404].includes(status) || String(headers.location).startsWith('/sign-in');
        expect(same || no, `${what}: ${write(path)} answered ${status}`).toBe(true);
      }
    }
  });
});
