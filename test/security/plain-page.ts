import { expect } from 'vitest';
import { ask, type RawAnswer } from './raw.ts';

/** A page in plain words: no stack trace, no path of a source. */
export function expectPlainPage({ status, headers, text }: RawAnswer, expected: number): void {
  expect(status).toBe(expected);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(text).toContain('</html>');
  expect(text).not.toMatch(/node_modules|\.ts:\d|\n\s+at |\wError:/);
}

/** The server still serves. */
export async function expectAlive(port: number): Promise<void> {
  expect((await ask(port, '/health/ready')).status).toBe(200);
}
