/** What a language file contains: texts by key, nested. */
export type Catalogue = { [key: string]: string | Catalogue };

/** A language made from English, for tests. `translate` gets text without placeholders and tags. */
type TestLanguage = Readonly<{ name: string; translate(text: string): string; wrap(text: string): string }>;

const ACCENTED = 'áƀćđéƒğĥíĵķłḿńóƥɋŕşťúṽŵẋýž';
const ARABIC = 'ابكدعفغهيجقلمنوثصرستحخطشيز';
// i18next: {{placeholder}}, $t(key); ours: <tag> and {placeholder} of texts that the office edits.
const UNTRANSLATABLE = /(\{\{[^}]*\}\}|\$t\([^)]*\)|<[^>]*>|\{[^}]*\})/;
const PADDING = ' óńé ťŵó ťĥŕéé ƒóúŕ';

/** By BCP 47 tag. XA and XB are the regions that CLDR reserves for this. */
export const testLanguages: Readonly<Record<string, TestLanguage>> = {
  // Accents show text that isn't in the catalogue, brackets show text that is cut off, and the length leaves room for
  // languages with longer words.
  'en-XA': {
    name: 'Ĺóńğ Éńğłíşĥ (test)',
    translate: (text) => replaceLetters(text, ACCENTED),
    wrap: (text) => (text === '' ? '' : `[${text}${padding(text)}]`),
  },
  // Arabic letters without meaning, for layouts from right to left.
  'ar-XB': {
    name: 'Right to left (test)',
    translate: (text) => replaceLetters(text.toLowerCase(), ARABIC),
    wrap: (text) => text,
  },
};

/** Makes a test language's catalogue from the English one. */
export function createTestCatalogue(language: string, english: Catalogue): Catalogue {
  const testLanguage = testLanguages[language];
  if (!testLanguage) throw new Error(`there is no test language ${language}`);
  const convert = (text: string) =>
    testLanguage.wrap(
      text
        .split(UNTRANSLATABLE)
        .map((part, index) => (index % 2 === 1 ? part : testLanguage.translate(part)))
        .join(''),
    );
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  return mapTexts(english, convert, pluralCategories);
}

function mapTexts(
  catalogue: Catalogue,
  convert: (text: string) => string,
  pluralCategories: readonly string[],
): Catalogue {
  const mapped: Catalogue = {};
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value !== 'string') mapped[key] = mapTexts(value, convert, pluralCategories);
    // English has two plural forms, Arabic six.
    else if (key.endsWith('_other')) {
      for (const category of pluralCategories) mapped[key.replace(/other$/, category)] ??= convert(value);
    } else mapped[key] = convert(value);
  }
  return mapped;
}

function replaceLetters(text: string, letters: string): string {
  const replacements = [...letters];
  return text.replace(/[a-z]/gi, (letter) => {
    const replacement = replacements[letter.toLowerCase().charCodeAt(0) - 97] ?? letter;
    return letter === letter.toLowerCase() ? replacement : replacement.toUpperCase();
  });
}

/** Makes a text about 40 % longer. */
function padding(text: string): string {
  const extra = Math.round(text.replaceAll(/\{\{[^}]*\}\}|<[^>]*>/g, '').length * 0.4);
  return PADDING.repeat(Math.ceil(extra / PADDING.length))
    .slice(0, extra)
    .trimEnd();
}
