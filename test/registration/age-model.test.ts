import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRow } from '../support/database.ts';
import {
  createTestInvitation,
  createTestRecord,
  newVisitor,
  uniqueAddress,
  validPassword,
} from '../support/fixtures.ts';

/**
 * Random families, answers, years, browsers and orders. The oracle doesn't repeat the product's rules: it only knows who
 * must never have access, and who must never be refused.
 */

const thisYear = new Date().getUTCFullYear();
// Computed independently of the product: certainly an adult, or certainly a minor, on every day of the year.
const isAdult = (born: number) => thisYear - born > 18;
const isMinor = (born: number) => thisYear - born < 18;
const isChild = (born: number) => thisYear - born < 14;

const yearArbitrary = fc.constantFrom(
  1931,
  1960,
  1984,
  ...[30, 20, 19, 17, 15, 13, 11, 5].map((age) => thisYear - age),
);

const recordArbitrary = fc.record({
  /** Null if it is not on file. */
  born: fc.option(yearArbitrary, { freq: 3 }),
  batch: fc.constantFrom(2002, thisYear, thisYear + 2),
});

const attemptArbitrary = fc.record({
  browser: fc.constantFrom(0, 1),
  reopensLink: fc.boolean(),
  answers: fc.array(fc.constantFrom('self', 'child', 'none'), { minLength: 3, maxLength: 3 }),
  years: fc.array(yearArbitrary, { minLength: 3, maxLength: 3 }),
  ownYear: fc.option(yearArbitrary, { freq: 4 }),
  password: fc.constantFrom(validPassword, validPassword, 'short'),
});

type Attempt = typeof attemptArbitrary extends fc.Arbitrary<infer Value> ? Value : never;
type Family = readonly Readonly<{ id: string; born: number | null }>[];

const answerTo = ({ answers }: Attempt, index: number) => answers[index] ?? 'none';

/** The year of birth that an attempt states for the person, if no record has it. */
function yearOfSelf(family: Family, attempt: Attempt): number | null {
  const selves = family.flatMap((_, index) => (answerTo(attempt, index) === 'self' ? [index] : []));
  if (selves.length === 0) return attempt.ownYear;
  const stated = selves.flatMap((index) => (family[index]?.born === null ? [attempt.years[index] ?? 0] : []));
  return stated.length === selves.length && stated.length === 1 ? (stated[0] ?? null) : null;
}

function fieldsOf(family: Family, attempt: Attempt): Record<string, string> {
  const fields: Record<string, string> = {
    name: 'Amma Owusu',
    password: attempt.password,
    ownYearOfBirth: attempt.ownYear === null ? '' : String(attempt.ownYear),
    guardianName: 'Gita Guardian',
    guardianEmail: uniqueAddress(),
  };
  family.forEach(({ id, born }, index) => {
    fields[`records[${id}]`] = answerTo(attempt, index);
    if (born === null) fields[`yearOfBirth[${id}]`] = String(attempt.years[index]);
  });
  return fields;
}

it('gives no access without a known adult year, and never refuses an adult on file', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(recordArbitrary, { maxLength: 3 }),
      fc.array(attemptArbitrary, { minLength: 1, maxLength: 4 }),
      async (records, attempts) => {
        const email = uniqueAddress();
        const family: { id: string; born: number | null }[] = [];
        for (const { born, batch } of records)
          family.push({ id: await createTestRecord(email, { yearOfBirth: born, batch }), born });
        const { url } = await createTestInvitation(email);
        const browsers = [newVisitor(), newVisitor()];
        for (const browser of browsers) await browser.open(url);
        let isBlocked = false;
        for (const attempt of attempts) {
          const browser = browsers[attempt.browser] ?? newVisitor();
          if (attempt.reopensLink) await browser.open(url);
          const answer = await browser.post('/register', fieldsOf(family, attempt));
          if (answer.status === 403) expect(answer.text).toContain('You can’t join yet');
          if (isBlocked) expect(answer.status).toBe(403);
          const self = family.filter((_, index) => answerTo(attempt, index) === 'self');
          const [own] = self;
          const isKnownAdult = self.length === 1 && own && own.born !== null && isAdult(own.born);
          const others = attempt.answers.slice(0, family.length).filter((answer) => answer === 'child');
          if (isKnownAdult && others.length === 0 && attempt.password === validPassword && !isBlocked)
            expect([answer.status, answer.headers.location]).toEqual([303, '/home']);
          if (answer.status === 403) {
            expect(isBlocked || !isKnownAdult).toBe(true);
            isBlocked = true;
            expect(await Account.count({ where: { email } })).toBe(0);
          }
          const statedYear = yearOfSelf(family, attempt);
          if (answer.status === 303) {
            const canAccess = await hasAccess(browser, email);
            if (canAccess) {
              expect(isKnownAdult || (statedYear !== null && isAdult(statedYear))).toBe(true);
              if (self.length === 0)
                expect(
                  family.length === 0 || !family.every(({ born }) => born !== null && isMinor(born)),
                ).toBe(true);
              // The first year stated counts, unless the person's year is on file.
              const first = attempts[0] && yearOfSelf(family, attempts[0]);
              if (!isKnownAdult && first) expect(isMinor(first)).toBe(false);
            }
            if (statedYear !== null && isChild(statedYear)) expect.unreachable('a child has an account');
            return;
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Whether an account has access. Pages, database and API must agree. */
async function hasAccess(browser: ReturnType<typeof newVisitor>, email: string): Promise<boolean> {
  const { path } = await browser.open('/groups');
  const found = await queryRow<{ hasAccess: boolean }>(
    'select account_has_access(id) is true as "hasAccess" from accounts where email = $1',
    [email],
  );
  const token = await browser.agent.post('/api/v1/token').send({ email, password: validPassword });
  expect([path === '/groups', token.status === 200]).toEqual([found?.hasAccess, found?.hasAccess]);
  return found?.hasAccess ?? false;
}
