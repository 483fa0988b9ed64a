import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/**
 * The four layers, lowest first, with their folders in dependency order. A file may import from its own folder, from folders in
 * the same row, and from rows above it in this list. See `docs/architecture.md`.
 */
const platform = [
  ['platform', 'platform/config', 'platform/i18n', 'platform/text'],
  ['platform/db', 'platform/crypto'],
  ['platform/tables', 'platform/jobs', 'platform/audit'],
  ['platform/mail', 'platform/http'],
];
const domain = [
  ['settings'],
  ['accounts'],
  ['groups'],
  ['alumni'],
  ['alumni/matching'],
  ['imports', 'imports/records', 'imports/kinds'],
  [
    'invitations/eligibility',
    'invitations/opens',
    'invitations',
    'invitations/bulk-actions',
    'invitations/requests',
    'invitations/deceased',
  ],
  ['campaigns'],
  ['consents', 'consents/guardians'],
  ['alumni/merging'],
  ['accounts/registration', 'accounts/address'],
  ['webhooks'],
  ['settings/changes', 'settings/mails', 'support'],
];
const shared = [['sign-in'], ['pages', 'pages/groups']];
const interfaces = ['admin', 'api', 'members', 'registration'];
const processes = [''];
const demo = ['demo'];

const ranks: ReadonlyArray<readonly string[]> = [
  ...platform,
  ...domain,
  ...shared,
  interfaces,
  processes,
  demo,
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => name.replaceAll('\\', '/'));

/** The file's folder as listed above: `admin/imports/routes.ts` is in `admin`. */
function folderOf(file: string): string {
  const parts = file.split('/').slice(0, -1);
  while (parts.length > 0 && !ranks.some((rank) => rank.includes(parts.join('/')))) parts.pop();
  return parts.join('/');
}
const topFolderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const rankOf = (file: string) => ranks.findIndex((rank) => rank.includes(folderOf(file)));
const isIn = (layer: ReadonlyArray<readonly string[]>) => {
  const folders = new Set(layer.flat());
  return (file: string) => folders.has(folderOf(file));
};
const isDomain = isIn(domain);
const isInterface = isIn([...shared, interfaces]);

const text = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]));

type Kind = 'value' | 'type' | 'dynamic';

/** The source files that a file imports. */
function importsOf(file: string, ...kinds: Kind[]): string[] {
  const source = text.get(file) ?? '';
  const patterns: Record<Kind, RegExp> = {
    value: /^(?:import|export) (?!type )(?:[^;]*? from )?'(\.[^']+)'/gm,
    type: /^(?:import|export) type [^;]*? from '(\.[^']+)'/gm,
    dynamic: /import\('(\.[^']+)'\)/g,
  };
  return kinds.flatMap((kind) =>
    [...source.matchAll(patterns[kind])].map(([, path = '']) =>
      relative(src, resolve(src, dirname(file), path)).replaceAll('\\', '/'),
    ),
  );
}

const problemsIn = (
  candidates: readonly string[],
  isWrong: (other: string, file: string) => boolean,
  ...kinds: Kind[]
) =>
  candidates.flatMap((file) =>
    importsOf(file, ...kinds)
      .filter((other) => isWrong(other, file))
      .map((other) => `${file} imports ${other}`),
  );

describe('the folder structure', () => {
  it('assigns every file to a layer', () => {
    expect(files.filter((file) => rankOf(file) < 0)).toEqual([]);
    const empty = ranks.flat().filter((folder) => !files.some((file) => folderOf(file) === folder));
    expect(empty).toEqual([]);
  });

  it('has only imports from lower layers', () => {
    expect(problemsIn(files, (other, file) => rankOf(other) > rankOf(file), 'value', 'type')).toEqual([]);
  });

  it('has no imports between interfaces', () => {
    const candidates = files.filter((file) => interfaces.includes(topFolderOf(file)));
    const isOther = (other: string, file: string) =>
      interfaces.includes(topFolderOf(other)) && topFolderOf(other) !== topFolderOf(file);
    expect(problemsIn(candidates, isOther, 'value', 'type', 'dynamic')).toEqual([]);
  });

  it('has no circular imports, except of types between models', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      const start = path.indexOf(file);
      if (start >= 0) cycles.push([...path.slice(start), file].join(' → '));
      if (start >= 0 || done.has(file)) return;
      for (const other of importsOf(file, 'value')) visit(other, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
    const declaresModel = (file: string) => / extends Model</.test(text.get(file) ?? '');
    const isCircular = (file: string, other: string) => importsOf(other, 'value', 'type').includes(file);
    const candidates = files.filter((file) => !declaresModel(file));
    expect(
      problemsIn(candidates, (other, file) => isCircular(file, other) && !declaresModel(other), 'type'),
    ).toEqual([]);
  });

  it('has no requests and responses in the domain', () => {
    const web = /from '(express|express-session|passport|passport-local)'/;
    expect(files.filter((file) => isDomain(file) && web.test(text.get(file) ?? ''))).toEqual([]);
    const isHttp = (other: string) => other.startsWith('platform/http/');
    expect(problemsIn(files.filter(isDomain), isHttp, 'value', 'type', 'dynamic')).toEqual([]);
  });

  it('has no SQL and model access in the interfaces', () => {
    const queries =
      /\b(queryRows?|columnsOf|inTransaction)\b|^import (?!type)[^;]*from '(sequelize|pg)'|\b(?!res\b)\w+\.(findOne|findAll|findByPk|create|update|destroy|count)\(|`\s*(select [^`]*from|insert into|update \w+ set|delete from|with \w+ as) /m;
    const found = files.filter(isInterface).filter((file) => queries.test(text.get(file) ?? ''));
    expect(found).toEqual([]);
  });

  it('has routes, forms and pages that only processes and their own folder import', () => {
    const isPrivate = /(^|[/-])(routes|forms?|pages?)\.ts$/;
    const isForeign = (other: string, file: string) =>
      isPrivate.test(other) &&
      topFolderOf(file) !== topFolderOf(other) &&
      topFolderOf(file) !== '' &&
      !other.startsWith('platform/');
    expect(problemsIn(files, isForeign, 'value', 'type', 'dynamic')).toEqual([]);
  });

  it('loads the demo only on demand, never in production', () => {
    const isDemo = (other: string) => other.startsWith('demo/');
    const outside = files.filter((file) => !isDemo(file));
    expect(problemsIn(outside, isDemo, 'value', 'type')).toEqual([]);
    const dynamicImporters = outside.filter((file) => importsOf(file, 'dynamic').some(isDemo));
    expect(dynamicImporters.sort()).toEqual(['app.ts', 'reset-demo.ts', 'run-demo.ts', 'start.ts']);
  });

  it('has view folders only for existing interface folders', () => {
    const views = resolve(src, '../views');
    const areas = (folder: string) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
    for (const name of ['admin', 'members'])
      expect(
        areas(join(views, name)).filter((area) => !areas(join(src, name)).includes(area)),
        name,
      ).toEqual([]);
  });
});
