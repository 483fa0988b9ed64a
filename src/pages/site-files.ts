import { type Request, type Response, Router } from 'express';
import { asset, builtFile } from '../platform/http/view.ts';
import { readCachedSettings } from '../settings/settings.ts';

/** Files that browsers, phones and search engines look for at fixed places. Mounted before sessions. */
export const siteFileRoutes = Router();
siteFileRoutes.get('/favicon.ico', sendImage);
siteFileRoutes.get('/apple-touch-icon.png', sendImage);
siteFileRoutes.get('/site.webmanifest', sendManifest);
siteFileRoutes.get('/robots.txt', sendRobots);

/** The ground of pages and of icons that a phone cuts into its own shape. */
const GROUND = '#f8f4ec';

function sendImage(req: Request, res: Response): void {
  res.set('Cache-Control', 'public, max-age=86400').sendFile(builtFile(req.path));
}

/** Describes the site for a phone's home screen. */
async function sendManifest(_req: Request, res: Response): Promise<void> {
  const { organisationName: name } = await readCachedSettings();
  const icon = (file: string, size: number, purpose: string) => ({
    src: asset(file),
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  });
  res.set('Cache-Control', 'public, max-age=3600').type('application/manifest+json');
  res.json({
    id: '/',
    name,
    start_url: '/home',
    scope: '/',
    display: 'minimal-ui',
    lang: res.locals.language,
    dir: res.locals.direction,
    background_color: GROUND,
    theme_color: GROUND,
    icons: [
      icon('/icon-192.png', 192, 'any'),
      icon('/icon-512.png', 512, 'any'),
      icon('/icon-maskable-512.png', 512, 'maskable'),
    ],
  });
}

// Agents that fetch previews and obey this file may read every page. Search engines get the start page only.
const ROBOTS = `User-agent: facebookexternalhit
User-agent: LinkedInBot
User-agent: Twitterbot
Disallow:

User-agent: *
Allow: /$
Allow: /built/
Allow: /logo/
Disallow: /
`;

function sendRobots(_req: Request, res: Response): void {
  res.set('Cache-Control', 'public, max-age=86400').type('text/plain').send(ROBOTS);
}
