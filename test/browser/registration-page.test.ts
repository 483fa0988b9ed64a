import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { phone, useBrowser } from '../support/browser.ts';
import { createTestInvitation, createTestRecord, uniqueAddress } from '../support/fixtures.ts';
import { button } from './steps.ts';

const openBrowser = useBrowser();
const thisYear = new Date().getUTCFullYear();

type Person = Readonly<{ lastName: string; yearOfBirth: number | null }>;

/** Opens the registration page of an address with these people on file. @returns the ids of their records */
async function openRegistration(
  people: readonly Person[],
  { message = null, javaScriptEnabled = true }: { message?: string | null; javaScriptEnabled?: boolean } = {},
): Promise<{ page: Page; ids: string[] }> {
  const email = uniqueAddress();
  const ids: string[] = [];
  for (const person of people) ids.push(await createTestRecord(email, person));
  const { url } = await createTestInvitation(email, { message });
  const { page } = await openBrowser({ ...phone, javaScriptEnabled });
  await page.goto(url);
  return { page, ids };
}

const answer = (page: Page, id: string | undefined, value: string) =>
  page.check(`[name="records[${id}]"][value=${value}]`);

const isShown = (page: Page, name: string) => page.locator(`[name="${name}"]`).isVisible();

const adult = { lastName: 'Owusu', yearOfBirth: 1984 };
const daughter = { lastName: 'Mensah', yearOfBirth: 2002 };
const minor = { lastName: 'Young', yearOfBirth: thisYear - 16 };
const unknown = { lastName: 'Asante', yearOfBirth: null };

it('fits on two screens of a phone, with one record and a short personal message', async () => {
  const { page } = await openRegistration([adult], { message: 'Dear Amma, we hope to see you in May.' });
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  expect(height).toBeLessThanOrEqual(2 * phone.viewport.height);
});

// The style sheet does this, so it works without JavaScript too.
describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
  it('asks for the own year of birth only without an own record', async () => {
    const { page, ids } = await openRegistration([adult, daughter], { javaScriptEnabled });
    expect(await isShown(page, 'ownYearOfBirth')).toBe(false);
    await answer(page, ids[1], 'none');
    expect(await isShown(page, 'ownYearOfBirth')).toBe(true);
    await answer(page, ids[0], 'self');
    expect(await isShown(page, 'ownYearOfBirth')).toBe(false);
    await answer(page, ids[0], 'none');
    await button(page, 'Create my account').click();
    await page.locator('#ownYearOfBirth-error').waitFor();
    await answer(page, ids[0], 'self');
    expect(await isShown(page, 'ownYearOfBirth')).toBe(true);
  });

  it('asks for the own year of birth at once if no record has a year', async () => {
    const { page, ids } = await openRegistration([unknown], { javaScriptEnabled });
    expect(await isShown(page, 'ownYearOfBirth')).toBe(true);
    expect(await isShown(page, `yearOfBirth[${ids[0]}]`)).toBe(false);
    await answer(page, ids[0], 'child');
    expect(await isShown(page, `yearOfBirth[${ids[0]}]`)).toBe(true);
    await answer(page, ids[0], 'none');
    expect(await isShown(page, `yearOfBirth[${ids[0]}]`)).toBe(false);
  });

  it.each([minor, unknown])('asks for a guardian only in person: $lastName', async (person) => {
    const { page, ids } = await openRegistration([adult, person], { javaScriptEnabled });
    const shows = async (answers: readonly string[]) => {
      for (const [index, value] of answers.entries()) await answer(page, ids[index], value);
      return isShown(page, 'guardianName');
    };
    expect(await isShown(page, 'guardianName')).toBe(false);
    expect(await shows(['self', 'child'])).toBe(false);
    expect(await shows(['none', 'self'])).toBe(true);
    expect(await shows(['none', 'none'])).toBe(false);
  });
});

describe('the name', () => {
  it('follows the answer “This is me” until another name is typed', async () => {
    const { page, ids } = await openRegistration([adult, daughter]);
    const name = () => page.inputValue('[name=name]');
    expect(await name()).toBe('');
    await answer(page, ids[0], 'self');
    expect(await name()).toBe('Amma Owusu');
    await answer(page, ids[0], 'none');
    expect(await name()).toBe('');
    await answer(page, ids[1], 'self');
    expect(await name()).toBe('Amma Mensah');
    await page.fill('[name=name]', 'Amma M.');
    await answer(page, ids[1], 'none');
    await answer(page, ids[0], 'self');
    expect(await name()).toBe('Amma M.');
  });

  it('of the only record is filled in, and removed again for someone else', async () => {
    const { page, ids } = await openRegistration([adult]);
    expect(await page.inputValue('[name=name]')).toBe('Amma Owusu');
    await answer(page, ids[0], 'none');
    expect(await page.inputValue('[name=name]')).toBe('');
  });
});
