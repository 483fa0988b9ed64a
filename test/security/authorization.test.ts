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

let server: WebServer;
/** The profile of a child of an account outside `people`. */
let profileId: string;

beforeAll(async () => {
  server = await listen(app, 0);
  const owner = await createTestAccount('owner@example.org');
  const recordId = await createTestRecord('owner@example.org', {
    yearOfBirth: new Date().getUTCFullYear() - 16,
  });
  const profile = await queryRow<{ id: string }>(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version) values ($1, $2, 'child', 1) returning id`,
    [owner.id, recordId],
  );
  profileId = profile?.id ?? '';
});

async function responseTo(visitor: Visitor, name: string): Promise<Expectation> {
  const [method, path = ''] = name.split(' ');
  const id = path.includes('/invitations/:id')
    ? (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation.id
    : '';
  const url = path
    .replace(':id', id || 'nobody')
    .replace(':profileId', profileId)
    .replace(':version', '1')
    .replace(':token', 'nonsense')
    .replace('{*page}', 'mailbox');
  const response = await (method === 'POST' ? visitor.post(url) : visitor.agent.get(url));
  const location: string | undefined = response.headers.location;
  return location === undefined
    ? response.status
    : location.replace(/\?returnTo=.*$/, '').replace(/\/\d+$/, '/:id');
}

// A page redirects to the sign-in page. A form gets the sign-in page itself as its response, which keeps the values entered.
function adjustForForms(name: string, expected: Expectation | undefined): Expectation | undefined {
  return name.startsWith('POST ') && expected === '/sign-in' ? 401 : expected;
}

afterAll(() => server.stop());

describe('the access matrix', () => {
  it('lists exactly the existing routes', () => {
    expect(Object.keys(matrix).sort()).toEqual(routesOf(app).map(routeName).sort());
  });

  it.each(people)('is correct for: %s', async (person) => {
    const visitor = await visitorAs(person);
    const column = people.indexOf(person);
    const responses: Record<string, Expectation> = {};
    // Signing out comes last, because the visitor is anonymous afterwards.
    const names = Object.keys(matrix).filter((name) => name !== 'POST /sign-out');
    for (const name of [...names, 'POST /sign-out']) responses[name] = await responseTo(visitor, name);
    const expected = Object.entries(matrix).map(([name, row]) => [name, adjustForForms(name, row[column])]);
    expect(responses).toEqual(Object.fromEntries(expected));
  });
});

describe('an alternative spelling of a path', () => {
  const guarded = [
    '/home',
    '/account/data.json',
    '/admin',
    '/admin/invitations',
    '/admin/invitations/:id',
    '/admin/invitations/new',
  ];
  const spellings: [string, (path: string) => string][] = [
    ['a trailing slash', (path) => `${path}/`],
    ['upper case', (path) => path.toUpperCase()],
    ['a double slash at the beginning', (path) => `/${path}`],
    ['double slashes inside', (path) => path.replaceAll(/(?<=.)\//g, '//')],
    ['a dot segment', (path) => `/.${path}`],
    ['a double-dot segment', (path) => `/health/..${path}`],
    ['an escaped double-dot segment', (path) => `/health/%2e%2e${path}`],
    ['an escaped double-dot segment and slash', (path) => `/built/..%2f${path.slice(1)}`],
    [
      'an escaped letter',
      (path) => path.replace(/^\/(.)/, (_all, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`),
    ],
    ['an escaped slash', (path) => path.replaceAll(/(?<=.)\//g, '%2f')],
    ['a backslash', (path) => path.replaceAll(/(?<=.)\//g, '\\')],
    ['a semicolon', (path) => `${path};a=b`],
    ['a file extension', (path) => `${path}.json`],
    ['an absolute URL', (path) => `http://evil.example${path}`],
  ];

  it.each(['anonymous', 'member', 'support'] as const)('gives no further access to: %s', async (person) => {
    const { port } = server;
    const { id } = (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation;
    const visitor = await visitorAs(person);
    const Cookie = String((await visitor.agent.get('/')).request.cookies ?? '');
    for (const template of guarded) {
      const path = template.replace(':id', id);
      const normal = await sendRequest(port, path, { headers: { Cookie } });
      const head = await sendRequest(port, path, { method: 'HEAD', headers: { Cookie } });
      expect([head.status, head.headers.location]).toEqual([normal.status, normal.headers.location]);
      for (const [spelling, respell] of spellings) {
        const { status, headers } = await sendRequest(port, respell(path), { headers: { Cookie } });
        const isSame = status === normal.status && headers.location === normal.headers.location;
        const isDenied = [400, 403, 404].includes(status) || String(headers.location).startsWith('/sign-in');
        expect(isSame || isDenied, `${spelling}: ${respell(path)} returned ${status}`).toBe(true);
      }
    }
  });
});
