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
 * Random families, answers, years, browsers and orders. The oracle knows nothing of how the product decides: only who
 * may never have access, and who may never be turned away.
 */

const thisYear = new Date().getUTCFullYear();
// By hand, not by the product's own sums: sure to be 18 whatever the day, sure to be younger than 18.
const isAdult = (born: number) => thisYear - born > 18;
const isMinor = (born: number) => thisYear - born < 18;
const isChild = (born: number) => thisYear - born < 14;

const aYear = fc.constantFrom(
  1931,
  1960,
  1984,
  ...[30, 20, 19, 17, 15, 13, 11, 5].map((age) => thisYear - age),
);

const aRecord = fc.record({
  /** Null: the office doesn't know it. */
  born: fc.option(aYear, { freq: 3 }),
  batch: fc.constantFrom(2002, thisYear, thisYear + 2),
});

const anAttempt = fc.record({
  browser: fc.constantFrom(0, 1),
  reopensLink: fc.boolean(),
  answers: fc.array(fc.constantFrom('self', 'child', 'none'), { minLength: 3, maxLength: 3 }),
  years: fc.array(aYear, { minLength: 3, maxLength: 3 }),
  ownYear: fc.option(aYear, { freq: 4 }),
  password: fc.constantFrom(validPassword, validPassword, 'short'),
});

type Attempt = typeof anAttempt extends fc.Arbitrary<infer Value> ? Value : never;
type Family = readonly Readonly<{ id: string; born: number | null }>[];

const answerTo = ({ answers }: Attempt, place: number) => answers[place] ?? 'none';

/** The year that an attempt tells of whoever sends it, where no record does. */
function yearOfSelf(family: Family, attempt: Attempt): number | null {
  const selves = family.flatMap((_, place) => (answerTo(attempt, place) === 'self' ? [place] : []));
  if (selves.length === 0) return attempt.ownYear;
  const stated = selves.flatMap((place) => (family[place]?.born === null ? [attempt.years[place] ?? 0] : []));
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
  family.forEach(({ id, born }, place) => {
    fields[`records[${id}]`] = answerTo(attempt, place);
    if (born === null) fields[`yearOfBirth[${id}]`] = String(attempt.years[place]);
  });
  return fields;
}

it('nobody has access without a known adult year, and no adult of the register is turned away', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRecord, { maxLength: 3 }),
      fc.array(anAttempt, { minLength: 1, maxLength: 4 }),
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
          if (answer.status === 403) expect(answer.text).toContain('You can’t register yet');
          if (isBlocked) expect(answer.status).toBe(403);
          const self = family.filter((_, place) => answerTo(attempt, place) === 'self');
          const [own] = self;
          const isKnownAdult = self.length === 1 && own && own.born !== null && isAdult(own.born);
          const others = attempt.answers.slice(0, family.length).filter((one) => one === 'child');
          if (isKnownAdult && others.length === 0 && attempt.password === validPassword && !isBlocked)
            expect([answer.status, answer.headers.location]).toEqual([303, '/home']);
          if (answer.status === 403) {
            expect(isBlocked || !isKnownAdult).toBe(true);
            isBlocked = true;
            expect(await Account.count({ where: { email } })).toBe(0);
          }
          const told = yearOfSelf(family, attempt);
          if (answer.status === 303) {
            const may = await mayTakePart(browser, email);
            if (may) {
              expect(isKnownAdult || (told !== null && isAdult(told))).toBe(true);
              if (self.length === 0)
                expect(
                  family.length === 0 || !family.every(({ born }) => born !== null && isMinor(born)),
                ).toBe(true);
              // The first year that was told counts, unless the register itself knows the person.
              const first = attempts[0] && yearOfSelf(family, attempts[0]);
              if (!isKnownAdult && first) expect(isMinor(first)).toBe(false);
            }
            if (told !== null && isChild(told)) expect.unreachable('a child has an account');
            return;
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** Whether an account may take part: the pages, the database and the door for programs agree. */
async function mayTakePart(browser: ReturnType<typeof newVisitor>, email: string): Promise<boolean> {
  const { path } = await browser.open('/groups');
  const found = await queryRow<{ answer: boolean }>(
    'select account_has_access(id) is true as answer from accounts where email = $1',
    [email],
  );
  const token = await browser.agent.post('/api/v1/token').send({ email, password: validPassword });
  expect([path === '/groups', token.status === 200]).toEqual([found?.answer, found?.answer]);
  return found?.answer ?? false;
}
