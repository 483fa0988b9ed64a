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

describe('the code', () => {
  it('has no source file of more than 300 lines', () => {
    expect(sources.filter((file) => read(file).split('\n').length > 301)).toEqual([]);
  });

  it('escapes all values in views', () => {
    expect(offenders(views, /<%-(?!\s*include\()[^%]*/g)).toEqual([]);
  });

  it('has no inline scripts, styles or event handlers in views, except for the accent colour', () => {
    const pages = views.filter((file) => !/mail/.test(file));
    expect(offenders(pages, /<script(?![^>]*\bsrc=)|<style(?! nonce)|\sstyle="|\son[a-z]+="/g)).toEqual([]);
  });

  it('includes the signed-in account in every form for members and staff, before any file', () => {
    const isForVisitors =
      /action="\/(language|sign-in|sign-out|forgot-password|reset-password|register|unsubscribe|guardian)\b/;
    const forms = views.flatMap((file) => read(file).match(/<form[^\n]*method="post"[^\n]*\n[^\n]*/g) ?? []);
    const memberForms = forms.filter((form) => !isForVisitors.test(form));
    expect(memberForms.filter((form) => !form.includes("include('parts/signed-in-as')"))).toEqual([]);
    expect(memberForms.length).toBeGreaterThan(80);
  });

  it('uses no weak random numbers, eval or child processes', () => {
    const product = sources.filter((file) => !file.startsWith('src/demo/'));
    expect(offenders(product, /Math\.random|\beval\(|new Function|child_process/g)).toEqual([]);
  });

  it('passes SQL values only as bind parameters', () => {
    expect(offenders(sources, /(?<!\bz\.)\bliteral\(|replacements:/g)).toEqual([]);
  });

  it('documents every environment variable in .env.example', () => {
    const names = [...read('src/platform/config/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
      ([, name]) => name,
    );
    const example = read('.env.example');
    expect(names.filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(example))).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
  });
});
