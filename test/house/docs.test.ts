import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retention } from '../../src/settings/retention.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const listFiles = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...listFiles('docs', '.md')];
// A decision says what was true when it was made. The tables have a test of their own.
const current = pages.filter((page) => !/^docs\/(decisions\/\d|schema)/.test(page));
const withoutBlocks = (page: string) => read(page).replaceAll(/^```.*?^```/gms, '');
const quotedIn = (page: string) =>
  [...withoutBlocks(page).matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

describe('the docs', () => {
  it('have the same retention periods as the code', () => {
    const rows = [
      ...read('docs/operations.md').matchAll(/^\| `(\w+Days)` \|.*\| (\d+) \| (\d+) \| (\d+) \|$/gm),
    ];
    const documented = rows.map(([, name, ...days]) => [name, ...days.map(Number)]);
    expect(documented).toEqual(
      Object.entries(retention).map(([name, { default: days, min, max }]) => [name, days, min, max]),
    );
  });

  it('link to files that exist', () => {
    const links = pages.flatMap((page) =>
      [...withoutBlocks(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
        ([, to = '']) => [page, to] as const,
      ),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter(([page, to]) => !existsSync(join(root, dirname(page), to)))).toEqual([]);
  });

  it('name files and folders that exist', () => {
    const paths = current.flatMap((page) =>
      quotedIn(page)
        .filter((text) => /^(src|test|views|migrations|public|docs)\/[\w./-]+$/.test(text))
        .map((path) => [page, path] as const),
    );
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter(([, path]) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('name functions, types and columns that exist', () => {
    const code = [
      ...listFiles('src', '.ts'),
      ...listFiles('test', '.ts'),
      ...listFiles('migrations', '.sql'),
    ].map(read);
    const known = new Set(code.flatMap((text) => text.match(/[\w$]+/g) ?? []));
    const names = current.flatMap((page) =>
      quotedIn(page)
        .filter((text) => /^([a-z]+[A-Z]\w*|[A-Z][a-z]+([A-Z]\w*)?|[a-z]+_[a-z_]+)$/.test(text))
        .map((name) => [page, name] as const),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter(([, name]) => !known.has(name))).toEqual([]);
  });

  it('list every decision', () => {
    const list = read('docs/decisions/README.md');
    const decisions = listFiles('docs/decisions', '.md').filter((file) => /\/\d{4}-/.test(file));
    expect(decisions.filter((file) => !list.includes(file.slice('docs/decisions/'.length)))).toEqual([]);
    expect(decisions.length).toBeGreaterThan(5);
  });
});
