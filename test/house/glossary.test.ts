import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/**
 * The list in `docs/glossary.md`. Each entry is one word or several: `case-file` also means `caseFile` and `case_file`.
 * With `-…`, more words must follow and nothing may come before: `note-…` means `noteExpiry`, but not `footnote` or `note`.
 */
const [, list = ''] =
  /```retired\n(.*?)```/s.exec(readFileSync(join(root, 'docs/glossary.md'), 'utf8')) ?? [];
const retired = list.split(/\s+/).filter(Boolean);

const pattern = new RegExp(
  `^(?:${retired.map((entry) => (entry.endsWith('…') ? `${entry.slice(0, -1)}.+` : `(?:.+-)?${entry}(?:-.+)?`)).join('|')})$`,
);

/** The words of an identifier, joined by hyphens: `wardsOnPage` gives `wards-on-page`. */
const wordsOf = (identifier: string) =>
  identifier
    .replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2-')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean)
    .join('-');
const isRetired = (identifier: string) => pattern.test(wordsOf(identifier));

// In what people read, one word is an ordinary word; several, written together, are an identifier.
const identifiersInText = (text: string) =>
  (text.match(/[\w$]+(?:-[\w$]+)*/g) ?? []).filter((word) => /[a-z][A-Z]|[a-z\d][_-][a-z]/.test(word));

const tokens =
  /\/\/.*|\/\*[\s\S]*?\*\/|(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^`\\])*`|[\p{L}_$][\p{L}\p{N}_$]*/gu;
const sqlTokens = /--.*|'(?:''|[^'])*'|[\p{L}_][\p{L}\p{N}_]*/gu;

function identifiersInCode(code: string, pieces = tokens): string[] {
  return (code.match(pieces) ?? []).flatMap((piece) => {
    if (/^(\/\/|\/\*|--)/.test(piece)) return [];
    if (!/^['"`]/.test(piece)) return [piece];
    const content = piece.slice(1, -1);
    return /\s/.test(content) ? identifiersInText(content) : [content];
  });
}

/** Of a view: its code, and what its forms and links are called. */
function identifiersInView(view: string): string[] {
  const code = [...view.matchAll(/<%[-=_]?(?!%)([\s\S]*?)[-_]?%>/g)].flatMap(([, inner = '']) =>
    identifiersInCode(inner),
  );
  const markup = view.replace(/<%[\s\S]*?%>/g, '');
  return [
    ...code,
    ...[...markup.matchAll(/\s(?:name|id|for|action|href|class)="([^"]*)"/g)].map(([, value = '']) => value),
  ];
}

const readers: Readonly<Record<string, (text: string) => string[]>> = {
  ts: identifiersInCode,
  mjs: identifiersInCode,
  js: identifiersInCode,
  sql: (text) => identifiersInCode(text, sqlTokens),
  ejs: identifiersInView,
};

const files = ['src', 'test', 'migrations', 'views', 'public/scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    ),
);

function retiredIn(file: string): string[] {
  const read = readers[file.slice(file.lastIndexOf('.') + 1)];
  const inside = read ? read(readFileSync(join(root, file), 'utf8')) : [];
  return [...new Set([...file.split('/'), ...inside].filter(isRetired))];
}

describe('the glossary', () => {
  it('has a list of retired identifiers', () => {
    expect(retired.length).toBeGreaterThan(15);
  });

  it('is kept by file names and identifiers', () => {
    const own = 'test/house/glossary.test.ts';
    const found = files.filter((file) => file !== own).map((file) => [file, retiredIn(file)] as const);
    expect(Object.fromEntries(found.filter(([, names]) => names.length > 0))).toEqual({});
  });

  it('is about whole words of identifiers, not about what people read', () => {
    const code = `const forward = inwardLink; // a ward
      throw new Error('We wish you well, the few who can.');`;
    expect(identifiersInCode(code).filter(isRetired)).toEqual([]);
    const old = `const wardsOnPage = await queryRows(\`select wished_at from group_wishes\`); run('note-expiries', caseFile)`;
    expect(identifiersInCode(old).filter(isRetired)).toEqual([
      'wardsOnPage',
      'wished_at',
      'group_wishes',
      'note-expiries',
      'caseFile',
    ]);
  });
});
