import { afterAll, beforeAll, expect } from 'vitest';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { app } from '../support/fixtures.ts';
import { snapshot } from './snapshot.ts';

export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** For a whole test file: the one app on a port of its own, and whether what was sent to it has changed a row. */
export function useUnchangedSite() {
  let listening: WebServer | undefined;
  let before: Record<string, string> = {};

  const updateBaseline = async () => {
    before = await snapshot();
  };
  beforeAll(async () => {
    listening = await listen(app, 0);
    await updateBaseline();
  });
  afterAll(() => listening?.stop());

  return {
    get port(): number {
      if (!listening) throw new Error('the port is known in tests, not before');
      return listening.port;
    },
    /** What a test has changed on purpose counts as untouched from now on. */
    remember: updateBaseline,
    async expectUntouched() {
      expect(Object.keys(before)).toContain('public.accounts');
      expect(await snapshot()).toEqual(before);
    },
  };
}
