import { afterAll, beforeAll, expect } from 'vitest';
import { listen, type WebServer } from '../../src/platform/http/listen.ts';
import { app } from '../support/fixtures.ts';
import { snapshot } from './snapshot.ts';

export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** For a whole test file: serves the app on its own port and compares the database before and after. */
export function useUnchangedSite() {
  let server: WebServer | undefined;
  let before: Record<string, string> = {};

  const updateBaseline = async () => {
    before = await snapshot();
  };
  beforeAll(async () => {
    server = await listen(app, 0);
    await updateBaseline();
  });
  afterAll(() => server?.stop());

  return {
    get port(): number {
      if (!server) throw new Error('the port is not known before the tests run');
      return server.port;
    },
    /** Accepts intended changes as the new baseline. */
    remember: updateBaseline,
    async expectUnchanged() {
      expect(Object.keys(before)).toContain('public.accounts');
      expect(await snapshot()).toEqual(before);
    },
  };
}
