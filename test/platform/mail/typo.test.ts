import { describe, expect, it } from 'vitest';
import { suggestAddress } from '../../../src/platform/text/address-typo.ts';

describe('an address with a slip in its domain', () => {
  it.each([
    ['amma@gamil.com', 'amma@gmail.com'],
    ['amma@gmial.com', 'amma@gmail.com'],
    ['amma@gmail.co', 'amma@gmail.com'],
    ['amma@gmaill.com', 'amma@gmail.com'],
    ['amma@gmail.con', 'amma@gmail.com'],
    ['Amma.Owusu@hotmial.com', 'Amma.Owusu@hotmail.com'],
    ['amma@outlok.com', 'amma@outlook.com'],
    ['amma@YAHO.com', 'amma@yahoo.com'],
  ])('%s was probably meant to be %s', (typed, meant) => {
    expect(suggestAddress(typed)).toBe(meant);
  });

  it.each([
    'amma@gmail.com',
    'amma@GMAIL.com',
    'amma@ymail.com',
    'amma@example.org',
    'amma@gmx.ch',
    'amma@me.org',
    'amma@harbour-college.edu',
    'nonsense',
    '',
  ])('%s is left as it is', (typed) => {
    expect(suggestAddress(typed)).toBeNull();
  });
});
