import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { emptyRecordFilter } from '../../../src/alumni/filter.ts';
import { countRecords } from '../../../src/alumni/list.ts';
import { searchCondition, suggestSpelling } from '../../../src/platform/db/search.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import { signInStaff } from '../../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../../support/visitor.ts';

const people: readonly (readonly [first: string, last: string])[] = [
  ['Jürgen', 'Müller'],
  ['José', 'Peña'],
  ['Maya', 'Lindqvist'],
  ['Hamish', 'Penrose'],
  ['Siobhan', 'O’Brien'],
  ['Zofia', 'Łęcka'],
  ['Søren', 'Ås'],
  ['Åse', 'Åhlström'],
  ['Rocio', 'Iba\u0301n\u0303ez'],
  ['Irmak', 'Yıldız'],
  ['Anna', 'Weiß'],
  ['Jan', 'van\u00a0Dyk'],
  ['Анна', 'Йовкова'],
  ['Νίκος', 'ΠΑΠΑΔΟΠΟΥΛΟΣ'],
  ['Li', 'Wei'],
];

let support: Visitor;

beforeAll(async () => {
  support = await signInStaff('support');
  await queryRows(
    `insert into alumni_members (external_id, first_name, last_name, email)
     select 'S-' || n, first, last, case when n = 3 then 'maya.lindqvist@example.org' end
     from unnest($1::text[], $2::text[]) with ordinality as person (first, last, n)`,
    [people.map(([first]) => first), people.map(([, last]) => last)],
  );
});

async function searchNames(search: string): Promise<string[]> {
  const bind: unknown[] = [];
  const matches = searchCondition('m.search_text', search, (value) => `$${bind.push(value)}`);
  const names = await queryRows<{ name: string }>(
    `select last_name as name from alumni_members m where ${matches} order by id`,
    bind,
  );
  return names.map(({ name }) => name);
}

describe('a search', () => {
  it.each([
    ['case', 'MÜLLER', 'Müller'],
    ['accents', 'Muller', 'Müller'],
    ['nothing, with typed accents', 'Jose Peña', 'Peña'],
    ['accents in the search alone', 'pénröse', 'Penrose'],
    ['the order of words', 'Lindqvist Maya', 'Lindqvist'],
    ['a comma', 'Penrose, Hamish', 'Penrose'],
    ['repeated spaces', '  Hamish   Penrose ', 'Penrose'],
    ['a no-break space in the search', 'Hamish\u00a0Penrose', 'Penrose'],
    ['a no-break space in the name', 'van Dyk', 'van\u00a0Dyk'],
    ['a straight apostrophe', "O'Brien", 'O’Brien'],
    ['a curly apostrophe', 'O’Brien', 'O’Brien'],
    ['another apostrophe', 'OʼBrien', 'O’Brien'],
    ['a missing apostrophe', 'obrien', 'O’Brien'],
    ['ł and ę', 'lecka', 'Łęcka'],
    ['ø and å', 'soren as', 'Ås'],
    ['å and ö', 'ase ahlstrom', 'Åhlström'],
    ['decomposed letters in the name', 'rocio ibáñez', 'Iba\u0301n\u0303ez'],
    ['decomposed letters in the search', 'Mu\u0308ller', 'Müller'],
    ['ı', 'yildiz', 'Yıldız'],
    ['ß', 'weiss', 'Weiß'],
    ['nothing, with a typed ß', 'weiß', 'Weiß'],
    ['invisible characters', 'Mül\u200bler\u202c', 'Müller'],
    ['accents of Cyrillic', 'ЙОВКОВА', 'Йовкова'],
    ['accents and the last sigma of Greek', 'Παπαδόπουλος νικος', 'ΠΑΠΑΔΟΠΟΥΛΟΣ'],
    ['nothing, in an e-mail address', 'maya.lindqvist@example.org', 'Lindqvist'],
  ])('ignores %s', async (_what, search, name) => expect(await searchNames(search)).toEqual([name]));

  it('requires every word', async () => {
    expect(await searchNames('Hamish Lindqvist')).toEqual([]);
    expect(await searchNames('m li')).toEqual(['Lindqvist']);
  });

  it('matches one or two letters only at the start of a word', async () => {
    expect(await searchNames('we')).toEqual(['Weiß', 'Wei']);
    expect(await searchNames('li')).toEqual(['Lindqvist', 'Wei']);
    expect(await searchNames('iu')).toEqual([]);
  });

  it.each(['%', '_', '%%%', '___', '\\', '%a%b', "'"])('takes %s literally', async (search) => {
    const all = people.length;
    expect((await searchNames(search)).length).toBe(search === "'" ? all : 0);
  });

  it('without a word finds everything', async () => {
    expect(await searchNames(' , ')).toHaveLength(people.length);
  });

  it('finds each name in any word order, case and Unicode normalisation', async () => {
    const person = fc.constantFrom(...people);
    await fc.assert(
      fc.asyncProperty(
        person,
        fc.boolean(),
        fc.constantFrom('NFC', 'NFD', 'NFKD'),
        fc.constantFrom(' ', ', ', '\u00a0', '  '),
        fc.boolean(),
        async ([first, last], isReversed, form, separator, isUpper) => {
          const typed = (isReversed ? [last, first] : [first, last]).join(separator).normalize(form);
          expect(await searchNames(isUpper ? typed.toUpperCase() : typed)).toContain(last);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never fails for any input', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 100 }).map((text) => text.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(texts, async (search) => {
        expect(await countRecords({ ...emptyRecordFilter, search })).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the pages with a search', () => {
  beforeAll(async () => {
    await queryRows(
      `insert into invitations (reference, email, name, validity_days, expires_at)
       select '5EAR' || lpad(n::text, 4, '0'), 'invited' || n || '@example.org', first || ' ' || last, 7,
         now() + interval '7 days'
       from unnest($1::text[], $2::text[]) with ordinality as person (first, last, n)`,
      [people.map(([first]) => first), people.map(([, last]) => last)],
    );
  });

  const pages: readonly (readonly [path: string, isFound: (page: VisitedPage, name: string) => boolean])[] = [
    ['/admin/alumni', (page, name) => page.$('#found tbody tr').length === 1 && page.text.includes(name)],
    [
      '/admin/invitations',
      (page, name) => page.$('#found tbody tr').length === 1 && page.text.includes(name),
    ],
    ['/admin/help', (page, name) => page.text.includes(name)],
  ];
  const searches: readonly (readonly [search: string, name: string])[] = [
    ['Muller', 'Jürgen Müller'],
    ['jurgen muller', 'Jürgen Müller'],
    ['Müller, Jürgen', 'Jürgen Müller'],
    ['Jose', 'José Peña'],
    ['lecka', 'Zofia Łęcka'],
    ['Soren', 'Søren Ås'],
    ['ase ahlstrom', 'Åse Åhlström'],
    ['rocio ibáñez', 'Rocio Iba\u0301n\u0303ez'],
    ['Penrose, Hamish', 'Hamish Penrose'],
    ['O’Brien', 'Siobhan O’Brien'],
    ["O'Brien", 'Siobhan O’Brien'],
    ['Lindqvist Maya', 'Maya Lindqvist'],
  ];

  it.each(pages.flatMap(([path, isFound]) => searches.map((search) => [path, ...search, isFound] as const)))(
    'at %s find by "%s" %s',
    async (path, search, name, isFound) => {
      const page = await support.open(`${path}?${new URLSearchParams({ q: search })}`);
      expect(isFound(page, name), page.text).toBe(true);
    },
  );

  it.each(['/admin/alumni', '/admin/invitations', '/admin/help'])(
    'at %s suggest Müller for Mueller',
    async (path) => {
      expect((await support.open(`${path}?q=Mueller`)).text).toContain('Did you mean Müller?');
    },
  );
});

describe('fold_text', () => {
  it('is idempotent', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const folded = await queryRow<{ once: string; twice: string }>(
          'select fold_text($1) as once, fold_text(fold_text($1)) as twice',
          [text],
        );
        expect(folded?.twice).toBe(folded?.once);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the suggested spelling', () => {
  const suggest = (search: string) => suggestSpelling('alumni_members', search);

  it.each([
    ['Lindquist', 'Lindqvist'],
    ['Mueller', 'Müller'],
    ['maya lindquist', 'maya Lindqvist'],
    ['maya.lindquist@example.org', 'maya.Lindqvist@example.org'],
    ['Penrosse, Hamish', 'Penrose, Hamish'],
    ['Papadopulos', null],
    ['Jurgen Muller', null],
    ['Lindqvist Hamish', null],
    ['qqqqzzzz', null],
    ['li', null],
    ['', null],
  ])('of "%s" is %s', async (search, spelling) => expect(await suggest(search)).toBe(spelling));

  it('always has a match', async () => {
    const typo = fc.tuple(fc.constantFrom(...people), fc.nat(10)).map(([[, last], position]) => {
      const letters = [...last];
      letters.splice(position % letters.length, 1);
      return letters.join('');
    });
    await fc.assert(
      fc.asyncProperty(typo, async (search) => {
        const spelling = await suggest(search);
        if (spelling !== null) expect(await searchNames(spelling)).not.toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['/admin/alumni', 'Lindqvist'],
    ['/admin/help', 'Lindqvist'],
  ])('is shown at %s if nothing matches', async (path, spelling) => {
    const page = await support.open(`${path}?q=lindquist`);
    expect(page.text).toContain(`Did you mean ${spelling}?`);
    await support.follow(spelling);
    expect(support.page.text).toContain('Lindqvist');
    expect(support.page.text).not.toContain('Did you mean');
  });

  it('is not shown if something matches', async () => {
    expect((await support.open('/admin/alumni?q=lindqvist')).text).not.toContain('Did you mean');
  });
});
