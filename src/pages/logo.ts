import { type Request, type Response, Router } from 'express';
import { NotFound } from '../platform/errors.ts';
import { findLogoContent } from '../settings/logo.ts';

/** The organisation's logo, for pages and mails. Mounted before sessions. */
export const logoRoutes = Router();
logoRoutes.get('/logo/:file', sendLogo);

const FILE_NAME = /^[0-9a-f]{32}\.(png|jpg|webp)$/;

async function sendLogo(req: Request, res: Response): Promise<void> {
  const file = String(req.params.file);
  const content = FILE_NAME.test(file) ? await findLogoContent(file) : null;
  if (!content) throw new NotFound();
  // Mail programs and previews of links show it on pages of other hosts.
  res.set('Cross-Origin-Resource-Policy', 'cross-origin');
  res.set('Cache-Control', 'public, max-age=31536000, immutable');
  res.type(file.slice(-4)).send(content);
}
