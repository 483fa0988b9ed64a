import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const list = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const sources = list('src', '.ts');
const views = list('views', '.ejs');
const offenders = (files: string[], pattern: RegExp) =>
  files.flatMap((file) => (read(file).match(pattern) ?? []).map((found) => `${file}: ${found}`));

describe('the house keeps its rules', () => {
  it('no file of the product is longer than 300 lines', () => {
    expect(sources.filter((file) => read(file).split('\n').length > 301)).toEqual([]);
  });

  it('views write what people typed only escaped', () => {
    expect(offenders(views, /<%-(?!\s*include\()[^%]*/g)).toEqual([]);
  });

  it('views hold no script, no style and no handler of their own, but for the accent colour', () => {
    const pages = views.filter((file) => !/mail/.test(file));
    expect(offenders(pages, /<script(?![^>]*\bsrc=)|<style(?! nonce)|\sstyle="|\son[a-z]+="/g)).toEqual([]);
  });

  it('every form of a page for people with an account says whose it is, before a file that it may hold', () => {
    const isForVisitors = /action="\/(sign-in|sign-out|forgot-password|reset-password|register|guardian)\b/;
    const forms = views.flatMap((file) => read(file).match(/<form[^\n]*method="post"[^\n]*\n[^\n]*/g) ?? []);
    const own = forms.filter((form) => !isForVisitors.test(form));
    expect(own.filter((form) => !form.includes("include('parts/signed-in-as')"))).toEqual([]);
    expect(own.length).toBeGreaterThan(80);
  });

  it('secrets come from the system’s random numbers, and nothing is evaluated or shelled out', () => {
    const product = sources.filter((file) => !file.startsWith('src/demo/'));
    expect(offenders(product, /Math\.random|\beval\(|new Function|child_process/g)).toEqual([]);
  });

  it('SQL takes values only through bind', () => {
    expect(offenders(sources, /(?<!\bz\.)\bliteral\(|replacements:/g)).toEqual([]);
  });

  it('every environment variable is told in .env.example', () => {
    const names = [...read('src/platform/config/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
      ([, name]) => name,
    );
    const told = read('.env.example');
    expect(names.filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(told))).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
  });
});
