import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { problemSchema } from '../../src/api/problems.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation } from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

const SEED = 20_261_125;
const RUNS = 25;

let admin: ApiClient;
beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await ApiClient.signIn('admin@example.org');
  await createTestInvitation('first@example.org');
});

const edgeCase = fc.constantFrom<unknown>(
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1e309',
    'NaN',
    '\u202Eevil',
    '\uD800',
    'x'.repeat(5_000),
    "' or 1=1--",
    '<script>',
    '%00',
  ],
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    [],
    {},
    [[]],
    ['a@example.org'],
    { $ne: null },
    { toString: 1 },
  ],
);
const fieldValue = fc.oneof(
  edgeCase,
  fc.emailAddress(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
);
const names = [
  'email',
  'password',
  'code',
  'message',
  'validity_days',
  'staff_role',
  'replace',
  'role',
  'reason',
];
const name = fc.constantFrom(...names, 'invitations', 'constructor', '__proto__', '');
const body = fc.oneof(
  fc.dictionary(name, fieldValue, { maxKeys: 5 }),
  fc.record({ invitations: fc.array(fc.dictionary(name, fieldValue, { maxKeys: 4 }), { maxLength: 4 }) }),
);
const query = fc.dictionary(
  fc.constantFrom('q', 'status', 'sort', 'limit', 'after', 'before', 'token', 'x'),
  fc.oneof(edgeCase, fc.string({ unit: 'binary' })).map(String),
  { maxKeys: 3 },
);
const id = fc.oneof(
  fc.constantFrom('1', '0', 'x', '9'.repeat(30)),
  fc.string({ unit: 'binary', minLength: 1 }),
);

describe('random input', () => {
  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'never causes a server error in %s',
    async (_name, { method, path }) => {
      const property = fc.asyncProperty(id, query, body, async (someId, someQuery, someBody) => {
        await queryRows('delete from rate_limits');
        const queryString = new URLSearchParams(Object.entries(someQuery)).toString();
        const url = `/api${path.replace(/:\w+/, encodeURIComponent(someId))}?${queryString}`;
        const response = await admin.send(method, url, someBody);
        expect(response.status, `${url} ${JSON.stringify(someBody)} ${response.text}`).toBeLessThan(500);
        if (response.status >= 400) problemSchema.parse(response.body);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    },
  );
});
