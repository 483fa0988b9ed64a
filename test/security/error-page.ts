import { expect } from 'vitest';
import { type RawResponse, sendRequest } from './raw-http.ts';

/** Expects an HTML page without a stack trace or source path. */
export function expectErrorPage({ status, headers, text }: RawResponse, expected: number): void {
  expect(status).toBe(expected);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(text).toContain('</html>');
  expect(text).not.toMatch(/node_modules|\.ts:\d|\n\s+at |\wError:/);
}

/** Expects the server to be ready. */
export async function expectAlive(port: number): Promise<void> {
  expect((await sendRequest(port, '/health/ready')).status).toBe(200);
}
