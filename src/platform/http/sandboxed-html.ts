import type { Response } from 'express';

/** Sends a mail's HTML for display in a frame of our pages: sandboxed, without scripts and content of other hosts. */
export function sendSandboxedHtml(res: Response, html: string): void {
  res.set({
    'Content-Security-Policy':
      "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'",
    'X-Frame-Options': 'SAMEORIGIN',
  });
  res.type('html').send(html);
}
