import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeAddressFault, normaliseAddress, parseAddress } from '../../../src/platform/text/address.ts';
import { findNameFault, normaliseName } from '../../../src/platform/text/name.ts';
import {
  cut,
  hasVisibleCharacter,
  normaliseCode,
  normaliseIdentifier,
  normalisePassword,
  normaliseSearch,
  shorten,
  toAsciiDigits,
  toMultiLine,
  toSingleLine,
} from '../../../src/platform/text/text.ts';
import { addressCases } from './hostile-addresses.ts';
import { nameCases } from './hostile-names.ts';

const HALF_CHARACTER = /\p{Cs}/u;

// Letters of many scripts, and everything that has ever broken a text.
const troublesome = fc.constantFrom(
  ...' \t\r\n\0\u0085\u2028\u2029\u00a0\u200b\u200c\u200d\u200e\u202a\u202e\u2066\u2069\u061c\u00ad\ufeff\u3164\u2800\ufe0f\u034f',
  ...'a@.<>,;:/\\\'"’“”()?#%&=+-_0٤२２𝟘ßłøİıſK',
  ...[
    'e\u0301',
    '\u0301',
    '👩🏾‍🎓',
    '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    'ශ්‍රී',
    '葛\u{e0100}',
    '\ud83d',
    '\ude00',
    'www.',
    'mailto:',
    'example.org',
  ],
);
const anyText = fc.oneof(
  fc.array(troublesome, { maxLength: 20 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('an address', () => {
  it.each(addressCases)('with %s is read as meant, or refused', (_what, typed, address) => {
    expect(normaliseAddress(typed)).toBe(address);
  });

  it.each([
    ['', 'Enter an e-mail address'],
    ['zoe', 'This has no @'],
    ['zoe@example.org, max@example.org', 'Enter only one'],
    ['"zoe@example.org" <max@example.org>', 'Enter only one'],
    ['zoe @example.org', 'Remove the space'],
    ['zoë@example.org', 'Remove “ë”'],
    ['zoe..x@example.org', 'Check the dots'],
    ['zoe@example', 'Check the part of the e-mail address after the @'],
    ['zoe@example.org/john', 'Check the part of the e-mail address after the @'],
    [`${'z'.repeat(65)}@example.org`, 'too long'],
  ])('%j gets its own explanation', (typed, explanation) => {
    const parsed = parseAddress(typed);
    expect('fault' in parsed && describeAddressFault(parsed.fault)).toContain(explanation);
  });

  it('keeps the name before it', () => {
    expect(parseAddress('"Example, Zoe\u0308"  <zoe@example.org>')).toEqual({
      address: 'zoe@example.org',
      name: 'Example, Zoë',
    });
  });

  it('is safe in an SMTP command, and stays the same when it is read again', () => {
    const typed = fc.oneof(
      anyText,
      fc.tuple(anyText, anyText).map((parts) => parts.join('@')),
    );
    const likely = typed.map((text) => `${text}@example.org`);
    fc.assert(
      fc.property(fc.oneof(typed, likely), (text) => {
        const address = normaliseAddress(text);
        if (address === null) return;
        expect(address).toMatch(/^[!-;=?-~]{1,64}@[a-z0-9.-]{4,253}$/);
        expect(address.split('@')).toHaveLength(2);
        expect(normaliseAddress(address)).toBe(address);
        for (const dirty of [`<${address}>`, `mailto:${address}`, ` ${address}. `, `Ann <${address}>`])
          expect(normaliseAddress(dirty)).toBe(address);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a name', () => {
  const read = (typed: string) => {
    const name = normaliseName(typed);
    return name === '' || findNameFault(name) !== null ? null : name;
  };

  it.each(nameCases)('with %s is kept, tidied or refused', (_what, typed, name) => {
    expect(read(typed)).toBe(name);
  });

  it.each([
    ['Zoë <3', 'angleBracket'],
    ['zoe@example.org', 'emailAddress'],
    ['zoe.example', 'webAddress'],
  ])('%j is refused for its own reason', (typed, fault) => {
    expect(findNameFault(normaliseName(typed))).toBe(fault);
  });

  it('keeps real names of many scripts unchanged', () => {
    const names =
      'Łucja Øvergård|Nguyễn Thị Ánh|Ἀριστοτέλης|Анна Йовкова|محمد بن سلمان|राजेश कुमार|王小明|김민준|ຈັນທາ|გიორგი|O’Connor-Smith Jr.|‘Ōlelo';
    for (const name of names.split('|')) expect(read(name.normalize('NFD'))).toBe(name.normalize('NFC'));
  });
});

describe('every normalised text', () => {
  it.each(
    Object.entries({
      toSingleLine,
      toMultiLine,
      normaliseName,
      normaliseIdentifier,
      normaliseSearch,
      toAsciiDigits,
      normalisePassword,
    }),
  )('of %s stays the same when it is normalised again', (_name, normalise) => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(normalise(normalise(text))).toBe(normalise(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(Object.entries({ toSingleLine, toMultiLine, normaliseName, normaliseIdentifier, normaliseSearch }))(
    'of %s is NFC, trimmed, visible or empty, without controls and overrides',
    (_name, normalise) => {
      fc.assert(
        fc.property(anyText, (typed) => {
          const text = normalise(typed);
          expect(text).toBe(text.normalize('NFC').trim());
          expect(text === '' || hasVisibleCharacter(text)).toBe(true);
          expect(text).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
          if (normalise !== toMultiLine) expect(text).not.toContain('\n');
          if (!HALF_CHARACTER.test(typed)) expect(text).not.toMatch(HALF_CHARACTER);
        }),
        { numRuns: 1_000 },
      );
    },
  );

  it('keeps the line breaks of a message, in one form', () => {
    expect(toMultiLine(' a\r\nb\rc\u2028d\u0085e\tf ')).toBe('a\nb\nc\nd\ne f');
  });
});

describe('digits', () => {
  it.each([
    ['٧٤٦٧٥٨', '746758'],
    ['２００３', '2003'],
    ['२००३', '2003'],
    ['𝟗𝟎𝟙', '901'],
    ['12½', '12½'],
  ])('%s are read as %s', (typed, digits) => expect(toAsciiDigits(typed)).toBe(digits));

  it('of every script are read', () => {
    for (let codePoint = 0; codePoint < 0x20000; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      if (!/\p{Nd}/u.test(character)) continue;
      expect(toAsciiDigits(character), codePoint.toString(16)).toMatch(/^\d$/);
    }
    expect(toAsciiDigits('0123456789٠١٢٣٤٥٦٧٨٩᠐᠑᠒᠓᠔᠕᠖᠗᠘᠙')).toBe('0123456789'.repeat(3));
  });

  it('of a code may have spaces and dashes', () => {
    expect(normaliseCode(' k7m2–q9xa\u200b')).toBe('K7M2Q9XA');
    expect(normaliseCode('٧٤٦ ٧٥٨')).toBe('746758');
  });
});

describe('a cut text', () => {
  it.each([
    ['gggg😀', 5, 'gggg'],
    ['ggg👩🏾‍🎓!', 6, 'ggg'],
    ['ge\u0301', 2, 'g'],
    ['short', 5, 'short'],
    [`a${'\u0301'.repeat(9)}`, 4, `a${'\u0301'.repeat(3)}`],
  ])('%j at %i is %j', (text, max, expected) => expect(cut(text, max)).toBe(expected));

  it('never ends inside a character, and never gets too long', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.integer({ min: 2, max: 30 }),
        (text, max) => {
          expect(shorten(text, max).length).toBeLessThanOrEqual(max);
          expect(shorten(text, max)).not.toMatch(HALF_CHARACTER);
          expect(text.startsWith(cut(text, max))).toBe(true);
        },
      ),
    );
  });
});

describe('a password', () => {
  it('is the same on every keyboard', () => {
    const password = 'Café résumé naïve 42';
    expect(normalisePassword(password.normalize('NFD'))).toBe(password);
    expect(normalisePassword('Café\u00a0résumé\u3000naïve\u202f42')).toBe(password);
  });

  it('keeps spaces at its ends, case and wide letters', () => {
    expect(normalisePassword('  Ｗide ﬁ ')).toBe('  Ｗide ﬁ ');
  });
});
