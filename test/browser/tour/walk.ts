import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { projectRoot } from '../../../src/platform/config/config.ts';
import { listCapturedMails } from '../../../src/platform/mail/captured-mail.ts';
import { type BrowserSession, switchUser, useBrowser } from '../../support/browser.ts';
import { app, runJobs } from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { holdLikePhone, newSeat, obstacles, obstaclesInMail } from '../obstacles.ts';
import type { Stop } from './stop.ts';

/** Which part of the site the view of a page belongs to: each part has a test file, and they run side by side. */
export type Part = 'invitations' | 'campaigns' | 'office' | 'members';

function partOf(view: string): Part {
  if (/^admin\/campaigns\//.test(view)) return 'campaigns';
  const folders = /^(demo|admin\/(invitations|bulk-acts|overview|requests|help|consents\/waiting))(\/|\.ejs)/;
  if (folders.test(view)) return 'invitations';
  return /^(admin\/(?!consents|guardians)|groups\/|invitations\/|accounts\/confirm)/.test(view)
    ? 'office'
    : 'members';
}

/** Walks through stops, looks at each for obstacles, and sees that no page of the part is left out. */
export function walk(part: Part, stops: readonly Stop[]): void {
  const rendered = vi.spyOn(app, 'render');
  const visit = useBrowser('file');
  let seat: BrowserSession | undefined;

  // One seat for all: a browser that has been at work for a while looks at a page in half the time.
  async function sit(as?: Visitor): Promise<Page> {
    seat ??= await newSeat(visit);
    await switchUser(seat, as);
    await holdLikePhone(seat.page);
    return seat.page;
  }

  describe('everybody can use', () => {
    it.each(stops)('%s', async (_name, open) => {
      expect(await obstacles(await open(sit))).toEqual([]);
    });

    it('every mail', async () => {
      await runJobs();
      const bySubject = new Map((await listCapturedMails()).map((mail) => [mail.subject, mail.html]));
      expect(bySubject.size).toBeGreaterThan(0);
      for (const html of bySubject.values()) {
        const page = await sit();
        await page.goto('about:blank');
        await page.setContent(html);
        expect(await obstaclesInMail(page)).toEqual([]);
      }
    });
  });

  it('the walk has seen every page that there is', () => {
    const views = readdirSync(join(projectRoot, 'views'), { recursive: true, encoding: 'utf8' });
    const pages = views.filter((file) => file.endsWith('.ejs') && isPage(file) && partOf(file) === part);
    expect(pages.length).toBeGreaterThan(5);
    const seen = new Set(rendered.mock.calls.map(([view]) => `${view}.ejs`));
    expect(pages.filter((file) => !seen.has(file))).toEqual([]);
  });
}

function isPage(view: string): boolean {
  return readFileSync(join(projectRoot, 'views', view), 'utf8').includes("include('layout/top'");
}
