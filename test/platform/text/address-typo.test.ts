import { describe, expect, it } from 'vitest';
import { suggestAddress } from '../../../src/platform/text/address-typo.ts';

describe('suggestAddress', () => {
  it.each([
    ['amma@gamil.com', 'amma@gmail.com'],
    ['amma@gmial.com', 'amma@gmail.com'],
    ['amma@gmail.co', 'amma@gmail.com'],
    ['amma@gmaill.com', 'amma@gmail.com'],
    ['amma@gmail.con', 'amma@gmail.com'],
    ['Amma.Owusu@hotmial.com', 'Amma.Owusu@hotmail.com'],
    ['amma@outlok.com', 'amma@outlook.com'],
    ['amma@YAHO.com', 'amma@yahoo.com'],
  ])('corrects %s to %s', (typed, suggestion) => {
    expect(suggestAddress(typed)).toBe(suggestion);
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
  ])('suggests nothing for %s', (typed) => {
    expect(suggestAddress(typed)).toBeNull();
  });
});
