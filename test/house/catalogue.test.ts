import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiScopes } from '../../src/accounts/api-key.ts';

const root = resolve(import.meta.dirname, '../..');
const list = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
const read = (file: string) => readFileSync(join(root, file), 'utf8');

type Catalogue = { [key: string]: string | Catalogue };

/** The texts of a language by their keys, such as `errors:titles.notFound`. */
function textsOf(language: string): Map<string, string> {
  const texts = new Map<string, string>();
  const add = (prefix: string, separator: string, value: string | Catalogue) => {
    if (typeof value === 'string') texts.set(prefix, value);
    else for (const [key, inner] of Object.entries(value)) add(`${prefix}${separator}${key}`, '.', inner);
  };
  for (const file of list(`locales/${language}`, '.json')) {
    const domain = file.split('/').at(-1)?.replace('.json', '') ?? '';
    add(domain, ':', JSON.parse(read(file)));
  }
  return texts;
}

// Arabic has all six plural forms.
const { pluralCategories } = new Intl.PluralRules('ar').resolvedOptions();
const PLURAL = new RegExp(`_(${pluralCategories.join('|')})$`);
const english = textsOf('en');
const keys = new Set([...english.keys()].map((key) => key.replace(PLURAL, '')));
const languages = readdirSync(join(root, 'locales'));
const domains = list('locales/en', '.json').map((file) => file.split('/').at(-1)?.replace('.json', ''));

const views = list('views', '.ejs');
const sources = list('src', '.ts').filter((file) => !file.endsWith('.d.ts'));

// A key is a literal such as 'errors:titles.notFound', or begins like one: `common:status.${status}`.
const KEY = new RegExp(`(['"\`])((?:${domains.join('|')}):[\\w.-]*(?:\\$\\{[^}]*\\}[\\w.-]*)*)\\1`, 'g');

const usedKeys = [
  ...[...views, ...sources].flatMap((file) =>
    [...read(file).matchAll(KEY)].map(([, , key = '']) => ({ file, key })),
  ),
  // The help of the command line is read without i18next.
  ...[...read('src/cli.ts').matchAll(/\bhelp(\.[\w.]+)/g)].map(([, key]) => ({
    file: 'src/cli.ts',
    key: `cli:help${key}`,
  })),
];

/** Matches the keys that a template literal can stand for. */
function patternOf(key: string): RegExp {
  const parts = key.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('[\\w.-]+')}(\\..*)?$`);
}

const placeholdersOf = (text: string) =>
  [...text.matchAll(/\{\{(\w+)|<(\w+)>/g)].map(([found]) => found).sort();

describe('the catalogue', () => {
  it('has every key that the code and the views use', () => {
    const missing = usedKeys.filter(({ key }) => {
      if (apiScopes.some((scope) => scope === key)) return false;
      const pattern = patternOf(key);
      return ![...keys].some((known) => pattern.test(known));
    });
    expect(missing).toEqual([]);
    expect(usedKeys.length).toBeGreaterThan(500);
  });

  it('has no key that nothing uses', () => {
    const exact = new Set(usedKeys.map(({ key }) => key));
    const patterns = usedKeys
      .filter(({ key }) => key.includes('${') || ![...keys].includes(key))
      .map(({ key }) => patternOf(key));
    const unused = [...keys].filter(
      (key) => !exact.has(key) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });

  it('has both plural forms of each text that has one', () => {
    const plural = [...english.keys()]
      .filter((key) => PLURAL.test(key))
      .map((key) => key.replace(PLURAL, ''));
    const incomplete = plural.filter((key) => !english.has(`${key}_one`) || !english.has(`${key}_other`));
    expect(incomplete).toEqual([]);
  });

  it('has the same keys, placeholders and tags in every language', () => {
    for (const language of languages.filter((name) => name !== 'en')) {
      const texts = textsOf(language);
      const strip = (all: Iterable<string>) =>
        [...new Set([...all].map((key) => key.replace(PLURAL, '')))].sort();
      expect(strip(texts.keys())).toEqual(strip(english.keys()));
      for (const [key, text] of texts) {
        const source = english.get(key) ?? english.get(key.replace(PLURAL, '_other')) ?? '';
        expect([key, placeholdersOf(text)]).toEqual([key, placeholdersOf(source)]);
      }
    }
    expect(languages).toContain('en');
  });

  it('has plain English: no retired words, no double spaces, no straight quotation marks', () => {
    const stilted = /\b(whoever|whatever|somebody|stands?|meanwhile|at once|UTC)\b| {2}|"|(?<=\w)'(?=\w)/i;
    const found = [...english].filter(([, text]) => stilted.test(text));
    expect(found).toEqual([]);
  });
});

describe('views', () => {
  it('have no literal text', () => {
    const found = views.flatMap((file) => {
      const html = read(file)
        .replaceAll(/<%[\s\S]*?%>/g, '\uE000')
        .replaceAll(/<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '');
      const attributes = [
        ...html.matchAll(/\s(?:aria-label|title|placeholder|alt|data-label|data-confirm|label)="([^"]*)"/g),
      ];
      const texts = [
        ...html.replaceAll(/<[^>]*>/g, '\n').split(/[\n\uE000]/),
        ...attributes.map(([, text = '']) => text),
      ];
      return texts
        .filter((text) => /\p{L}{2}/u.test(text.replaceAll(/&\w+;/g, '')))
        .map((text) => `${file}: ${text.trim()}`);
    });
    expect(found).toEqual([]);
  });

  it('have no literal text in their code', () => {
    const found = views.flatMap((file) =>
      [...read(file).matchAll(/<%[^#]([\s\S]*?)%>/g)].flatMap(([, code = '']) =>
        sentencesIn(code).map((text) => `${file}: ${text}`),
      ),
    );
    expect(found).toEqual([]);
  });
});

// Documentation for developers and operators, sample data, and the names of the test languages.
const notForPeople =
  /^src\/(demo\/|api\/|webhooks\/(events|schemas|payload)\.ts|settings\/mails\/samples\.ts|platform\/i18n\/test-languages\.ts)/;
// HTTP headers, browsers and systems, and the defaults of names that the office sets.
const properNames =
  /^(Accept|Allow|Authorization|Bearer( \$\{token\})?|Cookie|Origin|Purpose|Referer|Vary|Edge|Opera|Samsung Internet|Firefox|Chrome|Safari|Android|Windows|Mac|Linux|Alumni Association|Alumni Office)$/;

describe('the code', () => {
  it('has no text for people outside of the catalogue', () => {
    const found = sources
      .filter((file) => !notForPeople.test(file))
      .flatMap((file) => {
        const code = read(file)
          .replaceAll(/\/\*[\s\S]*?\*\//g, '')
          .replaceAll(/^\s*\/\/.*$/gm, '')
          // For programmers and operators.
          .replaceAll(/new (Error|TypeError|ConfigError|IncompatibleSchema)\([^;]*?\);/g, '')
          .replaceAll(/\blog\.(info|warn|error|debug)\([^;]*?\);/g, '')
          .replaceAll(/\bhelp: '[^']*'/g, '');
        return sentencesIn(code).map((text) => `${file}: ${text}`);
      });
    expect(found).toEqual([]);
  });

  it('takes the messages of errors in the API from the catalogue', () => {
    const api = sources.filter((file) => file.startsWith('src/api/'));
    const errors = api.flatMap(
      (file) =>
        read(file).match(/new (?!Error|Set|Map|Date|URL|RegExp|TextDecoder)[A-Z]\w+\(['`][^)]*/g) ?? [],
    );
    expect(errors).toEqual([]);
  });
});

/** String literals that look like text for people: a capital letter and more than one word, or words and a full stop. */
function sentencesIn(code: string): string[] {
  const literals = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, single, template]) => single ?? template ?? '',
  );
  return literals.filter(
    (text) =>
      /^(\$\{[^}]*\} )?\p{Lu}\p{Ll}+(’\p{L}+)?[ ,.:–]|\p{Ll}{2}\. \p{Lu}|\p{Ll}{3} \p{Ll}{2,}[^=]*[.?]$|^\p{Lu}\p{Ll}+$/u.test(
        text,
      ) &&
      !properNames.test(text) &&
      !/\b(select|insert into|update|from|where|join)\b|::date/i.test(text),
  );
}
