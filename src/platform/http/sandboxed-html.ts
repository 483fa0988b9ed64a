import type { Response } from 'express';

/** A mail's HTML for a frame of our own pages: an origin of its own that runs and loads nothing. */
export function sendSandboxedHtml(res: Response, html: string): void {
  res.set({
    'Content-Security-Policy':
      "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    'X-Frame-Options': 'SAMEORIGIN',
  });
  res.type('html').send(html);
}
