import { describe, expect, it } from 'vitest';
import type { Household } from '../../src/demo/sample-households.ts';
import { remindersOf } from '../../src/demo/sample-letters.ts';
import { chanceFrom } from '../../src/demo/sample-random.ts';
import { sampleStories } from '../../src/demo/sample-stories.ts';

const DAY = 24 * 60 * 60 * 1000;

function households(name: string, count: number): Household[] {
  const person = { recordId: '1', firstName: 'Amma', lastName: 'Owusu', batch: 2002, center: null };
  const members = [{ ...person, access: 'full' as const }];
  return Array.from({ length: count }, (_, place) => ({ email: `${name}${place}@example.org`, members }));
}

const storiesAt = (now: Date) =>
  sampleStories(
    { families: households('family', 25), adults: households('adult', 160), minors: households('minor', 15) },
    chanceFrom(2008),
    now,
  );

const moments = [
  '2026-11-26T00:00:10Z',
  '2026-11-26T07:59:59Z',
  '2026-12-31T12:00:00Z',
  '2027-03-01T23:59:50Z',
];

describe.each(moments)('the sample’s stories, told at %s', (moment) => {
  const now = new Date(moment);
  const stories = storiesAt(now);

  it('lie in the past, each in its order', () => {
    expect(stories.length).toBeGreaterThan(150);
    for (const { createdAt, resentAt, openedAt, endedAt, expiresAt } of stories) {
      const times = [createdAt, resentAt, openedAt, endedAt].flatMap((time) => time?.getTime() ?? []);
      expect(times).toEqual([...times].sort((one, other) => one - other));
      expect(Math.max(...times)).toBeLessThan(now.getTime());
      expect(Math.max(...times)).toBeLessThan(expiresAt.getTime());
    }
  });

  it('end as they say: pending ones are valid, expired ones long over', () => {
    const expiries = (ending: string) =>
      stories
        .filter((story) => story.ending === ending)
        .map(({ expiresAt }) => expiresAt.getTime() - now.getTime());
    expect(Math.min(...expiries('pending'))).toBeGreaterThan(0);
    expect(expiries('pending').filter((left) => left < DAY)).toHaveLength(4);
    // Later than any reminder is sent.
    expect(Math.max(...expiries('expired'))).toBeLessThan(-8 * DAY);
  });

  it('leave nobody to remind at once', () => {
    const due = stories.filter(({ ending, delivery, expiresAt }) => {
      const left = expiresAt.getTime() - now.getTime();
      return ending === 'pending' && delivery === 'mail' && left < 3 * DAY;
    });
    expect(due.length).toBeGreaterThan(4);
    for (const story of due) expect(remindersOf(story, now).before).not.toBeNull();
  });
});
