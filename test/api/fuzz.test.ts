import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/api/operations.ts';
import { problemSchema } from '../../src/api/problems.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation } from '../support/fixtures.ts';
import { Program } from './program.ts';

const SEED = 20_261_125;
const RUNS = 25;

let admin: Program;
beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await Program.of('admin@example.org');
  await createTestInvitation('first@example.org');
});

const odd = fc.constantFrom<unknown>(
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
const typed = fc.oneof(odd, fc.emailAddress(), fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }));
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
  fc.dictionary(name, typed, { maxKeys: 5 }),
  fc.record({ invitations: fc.array(fc.dictionary(name, typed, { maxKeys: 4 }), { maxLength: 4 }) }),
);
const query = fc.dictionary(
  fc.constantFrom('q', 'status', 'sort', 'limit', 'after', 'before', 'token', 'x'),
  fc.oneof(odd, fc.string({ unit: 'binary' })).map(String),
  { maxKeys: 3 },
);
const id = fc.oneof(
  fc.constantFrom('1', '0', 'x', '9'.repeat(30)),
  fc.string({ unit: 'binary', minLength: 1 }),
);

describe('whatever a program sends', () => {
  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'to %s gets an answer or a problem, never a fault',
    async (_name, { method, path }) => {
      const property = fc.asyncProperty(id, query, body, async (someId, someQuery, someBody) => {
        await queryRows('delete from rate_limits');
        const asked = new URLSearchParams(Object.entries(someQuery)).toString();
        const address = `/api${path.replace(':id', encodeURIComponent(someId))}?${asked}`;
        const answer = await (method === 'get' ? admin.get(address) : admin.post(address, someBody));
        expect(answer.status, `${address} ${JSON.stringify(someBody)} ${answer.text}`).toBeLessThan(500);
        if (answer.status >= 400) problemSchema.parse(answer.body);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    },
  );
});
