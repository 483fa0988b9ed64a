import type { Request } from 'express';

/** The value of a cookie, or undefined. */
export function readCookie(name: string, req: Request): string | undefined {
  const cookies = (req.get('Cookie') ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
}
