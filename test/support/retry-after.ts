import { expect } from 'vitest';

/** Right after the last attempt of a limit: Retry-After is between half of the duration and all of it. */
export function expectRetryAfter(minutes: number, headers: Readonly<Record<string, string>>): void {
  const seconds = Number(headers['retry-after']);
  expect(seconds).toBeGreaterThan(minutes * 30);
  expect(seconds).toBeLessThanOrEqual(minutes * 60);
}
