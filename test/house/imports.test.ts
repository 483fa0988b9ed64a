import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** From left to right: a file imports from its own folder or from further left. A row is one rank. */
const order = [
  ['production', 'config', 'config-fields', 'errors', 'links', 'log', 'seal', 'text'],
  ['database'],
  ['idempotency', 'migrations', 'paging', 'search', 'settings'],
  ['csv'],
  ['web', 'audit', 'jobs'],
  ['mail'],
  ['accounts'],
  ['groups'],
  ['alumni'],
  ['imports'],
  ['invitations'],
  ['campaigns'],
  ['consent'],
  ['registration'],
  ['register'],
  ['webhooks'],
  ['office'],
  ['home', 'admin', 'api'],
  ['associations', 'health', 'metrics', 'purge', 'request-types'],
  ['app', 'tasks', 'commands'],
  ['demo'],
  ['start', 'processes'],
  ['server', 'worker', 'cli', 'run-demo'],
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

const roomOf = (file: string) => file.split(/[/\\]/)[0]?.replace(/\.ts$/, '') ?? '';
const rankOf = (file: string) => order.findIndex((rank) => rank.includes(roomOf(file)));

function importsOf(file: string, dynamic: boolean): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const pattern = dynamic ? /import\('(\.[^']+)'\)/g : /from '(\.[^']+)'/g;
  return [...text.matchAll(pattern)].map(([, path = '']) => relative(src, resolve(src, dirname(file), path)));
}

describe('the order of imports', () => {
  it.each(files)('is kept by %s', (file) => {
    expect(rankOf(file), `${roomOf(file)} stands in no rank; put it where it belongs`).toBeGreaterThanOrEqual(
      0,
    );
    const wrong = importsOf(file, false).filter(
      (other) => roomOf(other) !== roomOf(file) && rankOf(other) > rankOf(file),
    );
    expect(wrong).toEqual([]);
  });

  it('only app.ts imports another folder’s routes, and no file another folder’s forms or pages', () => {
    const ownAlone = /(^|[/-])(routes|forms?|pages?)\.ts$/;
    // web/ has no pages of its own: what it calls a form or a page is what every folder makes its own with.
    const taken = files.flatMap((file) =>
      [...importsOf(file, false), ...importsOf(file, true)]
        .filter((other) => roomOf(other) !== roomOf(file) && roomOf(other) !== 'web' && ownAlone.test(other))
        .filter((other) => !(file === 'app.ts' && other.endsWith('routes.ts')))
        .map((other) => `${file} imports ${other}`),
    );
    expect(taken).toEqual([]);
  });

  it('keeps the demo out of production: it is only ever loaded late, behind a question', () => {
    const early = files.filter(
      (file) => roomOf(file) !== 'demo' && importsOf(file, false).some((other) => roomOf(other) === 'demo'),
    );
    expect(early).toEqual([]);
    const late = files.filter((file) => importsOf(file, true).some((other) => roomOf(other) === 'demo'));
    expect(late.sort()).toEqual(['app.ts', 'run-demo.ts', 'start.ts']);
  });
});
