import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../../src/platform/config/config.ts';
import { listCapturedMails } from '../../../src/platform/mail/captured-mail.ts';
import { type BrowserSession, switchUser, useBrowser } from '../../support/browser.ts';
import { app, runJobs } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { findAccessibilityProblems, findMailProblems, newSession, resetToPhone } from '../accessibility.ts';
import { findLanguageProblems } from '../languages.ts';
import type { TestPage } from './page.ts';

/** Each group of pages has its own test file, so that they run in parallel. */
export type PageGroup = 'invitations' | 'campaigns' | 'office' | 'members';

function groupOf(view: string): PageGroup {
  if (view.startsWith('admin/campaigns/')) return 'campaigns';
  if (
    /^(demo|admin\/(invitations|bulk-actions|overview|requests|help|consents\/waiting))(\/|\.ejs)/.test(view)
  )
    return 'invitations';
  const isOffice = /^(admin\/(?!consents|guardians)|(members|pages)\/groups\/|sign-in\/confirm)/.test(view);
  return isOffice ? 'office' : 'members';
}

/** Checks the accessibility of pages and mails, and that every page of the group is included. */
export function checkPages(group: PageGroup, testPages: readonly TestPage[]): void {
  const rendered = vi.spyOn(app, 'render');
  const openBrowser = useBrowser('file');
  let session: BrowserSession | undefined;

  // One session for all pages: a warmed-up browser checks a page in half the time.
  async function openAs(visitor?: Visitor): Promise<Page> {
    session ??= await newSession(openBrowser);
    await switchUser(session, visitor);
    await resetToPhone(session.page);
    return session.page;
  }

  describe('is accessible:', () => {
    it.each(testPages)('%s', async (name, open) => {
      const page = await open(openAs);
      expect(await findAccessibilityProblems(page)).toEqual([]);
      // Half of the pages in each language: loading all of them in both would take minutes.
      const language = name.length % 2 === 0 ? 'en-XA' : 'ar-XB';
      expect(await findLanguageProblems(page, language)).toEqual([]);
    });

    it('every mail', async () => {
      await runJobs();
      const bySubject = new Map((await listCapturedMails()).map((mail) => [mail.subject, mail.html]));
      expect(bySubject.size).toBeGreaterThan(0);
      for (const html of bySubject.values()) {
        const page = await openAs();
        await page.goto('about:blank');
        await page.setContent(html);
        expect(await findMailProblems(page)).toEqual([]);
      }
    });
  });

  it('every page is checked', () => {
    const views = readdirSync(join(projectRoot, 'views'), { recursive: true, encoding: 'utf8' });
    const isPart = (file: string) =>
      views.some(
        (other) =>
          other.endsWith('.ejs') && readView(other).includes(`include('${file.replace('.ejs', '')}'`),
      );
    const pages = views.filter(
      (file) => file.endsWith('.ejs') && isPage(file) && groupOf(file) === group && !isPart(file),
    );
    expect(pages.length).toBeGreaterThan(5);
    const seen = new Set(rendered.mock.calls.map(([view]) => `${view}.ejs`));
    expect(pages.filter((file) => !seen.has(file))).toEqual([]);
  });
}

function isPage(view: string): boolean {
  return readView(view).includes("include('layout/top'");
}

function readView(view: string): string {
  return readFileSync(join(projectRoot, 'views', view), 'utf8');
}
