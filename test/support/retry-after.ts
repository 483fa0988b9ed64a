import { expect } from 'vitest';

/** Right after the last try of a limit: most of its time is still to wait, and never more than all of it. */
export function expectRetryAfter(minutes: number, headers: Readonly<Record<string, string>>): void {
  const seconds = Number(headers['retry-after']);
  expect(seconds).toBeGreaterThan(minutes * 30);
  expect(seconds).toBeLessThanOrEqual(minutes * 60);
}
