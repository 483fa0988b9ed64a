import { expect } from 'vitest';
import { type RawResponse, sendRequest } from './raw-http.ts';

/** A page in plain words: no stack trace, no path of a source. */
export function expectErrorPage({ status, headers, text }: RawResponse, expected: number): void {
  expect(status).toBe(expected);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(text).toContain('</html>');
  expect(text).not.toMatch(/node_modules|\.ts:\d|\n\s+at |\wError:/);
}

/** The server still serves. */
export async function expectAlive(port: number): Promise<void> {
  expect((await sendRequest(port, '/health/ready')).status).toBe(200);
}
