import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryRows } from '../support/database.ts';
import { app } from '../support/fixtures.ts';
import { buttons, forms } from './forms/forms.ts';
import { routesOf } from './routes.ts';

// A fixed seed makes every run the same.
const SEED = 20_261_120;
const RUNS = 6;

const edgeCase = fc.constantFrom(
  ...['', ' ', '0', '-1', '1e309', 'NaN', 'null', 'true', '[object Object]', '9'.repeat(400)],
  ...['\0', '%00', '\r\nBcc: x@evil.example', '\x1b[31m', '\u202Eevil', '\u2066x\u2069', '\uFEFF', '\uD800'],
  ...[
    'a\u0300'.repeat(500),
    '𝒳'.repeat(150),
    'İı',
    '\u212A@example.org',
    'a@b@example.org',
    'x'.repeat(5_000),
  ],
  ...["' or 1=1--", '#{7*7}', '<%= 7*7 %>', '<script>', '../../etc/passwd'],
);
// What no browser sends: invalid escapes, and bytes that are not UTF-8.
const invalidEncoding = fc.constantFrom('%ED%A0%80', '%FF%FE', '%C0%AF', '%', '%u0041', '+%2B+');
const strangeNames = fc.constantFrom(
  ...['__proto__', 'constructor', 'records', 'records[]', 'records[a][b]', 'email[]', 'id', 'staff_role', ''],
);

/** The encoded values of one field: none, one or several. */
function fieldValues(validValues: string[]): Arbitrary<string[]> {
  const valid = fc.constantFrom('', ...validValues).map(encode);
  const random = fc
    .oneof(edgeCase, fc.string({ unit: 'binary', maxLength: 40 }), fc.emailAddress())
    .map(encode);
  const any = fc.oneof({ weight: 3, arbitrary: valid }, { weight: 6, arbitrary: random }, invalidEncoding);
  return fc.oneof(
    { weight: 8, arbitrary: any.map((value) => [value]) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.array(any, { minLength: 2, maxLength: 3 }) },
  );
}

function encode(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2);
}

const LEAK =
  /node_modules|\/src\/|\.ts:\d|\n\s+at \S+ \(|SequelizeDatabaseError|syntax error|violates|invalid input syntax|relation "|TypeError|ZodError|ejs:/;

describe('random input', () => {
  it.each(Object.entries(forms))('never causes a server error in the form %s', async (_name, open) => {
    let form = await open();
    const statuses = new Set<number>();
    const input = fc.tuple(
      fc.tuple(...Object.values(form.fields).map(fieldValues)),
      fc.array(fc.tuple(strangeNames, edgeCase.map(encode)), { maxLength: 2 }),
    );
    const property = fc.asyncProperty(input, async ([fields, others]) => {
      await queryRows('delete from rate_limits');
      const names = Object.keys(form.fields);
      const pairs = [
        ...fields.flatMap((values, index) => values.map((value) => [names[index] ?? '', value] as const)),
        ...others,
      ];
      const body = pairs.map(([name, value]) => `${encode(name)}=${value}`).join('&');
      const { status, text, headers } = await form.visitor.agent.post(form.action).type('form').send(body);
      expect(status, `${status} for ${body.slice(0, 500)}`).toBeLessThan(500);
      expect(text).not.toMatch(LEAK);
      expect(headers.location ?? '/').toMatch(/^\/(?!\/)/);
      statuses.add(status);
      if (status === 410 || (status < 400 && !form.isReusable)) form = await open();
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
    expect([...statuses].some((status) => status < 400 || status === 422)).toBe(true);
    if (Object.keys(form.fields).length > 0) expect(statuses).toContain(400);
  });

  it('is tested in every form', () => {
    const formPaths = routesOf(app).flatMap(({ method, path }) => (method === 'POST' ? [path] : []));
    expect([...Object.keys(forms), ...buttons].sort()).toEqual(formPaths.sort());
  });
});
