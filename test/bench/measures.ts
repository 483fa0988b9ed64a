import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hashPassword } from '../../src/accounts/password.ts';
import { signLinkToken, verifyLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { Guest, hiddenFields } from './guest.ts';
import { type BenchRequest, load, repeat, type Speed } from './load.ts';
import { admin } from './prepare.ts';

const PAGES = 2000;
const LISTS = 500;
const HASHES = 150;
const CHECKS = 100_000;

export function floorSpeed(port: number): Promise<Speed> {
  return pageSpeed(port, () => ({ path: '/', status: 200 }));
}

/** The speed of important pages. */
export async function pageSpeeds(port: number, link: string): Promise<[name: string, speed: Speed][]> {
  const alumna = new Guest(port);
  await alumna.open(link);
  const office = new Guest(port);
  await office.submit('/sign-in', await office.open('/sign-in'), admin);
  const requestAs = (guest: Guest, path: string) => () => ({ path, status: 200, headers: guest.headers });
  const nobody = new Guest(port);
  return [
    ['a forged link', await pageSpeed(port, forgedLink)],
    ['the start page', await pageSpeed(port, requestAs(nobody, '/'))],
    ['the sign-in page', await pageSpeed(port, requestAs(nobody, '/sign-in'))],
    ['the registration page', await pageSpeed(port, requestAs(alumna, '/register'))],
    ['10,000 invitations, first page', await pageSpeed(port, requestAs(office, '/admin/invitations'), LISTS)],
    [
      '10,000 invitations, a search',
      await pageSpeed(port, requestAs(office, '/admin/invitations?q=na77'), LISTS),
    ],
  ];
}

/** The speed of submitting registration forms. */
export async function registrationSpeed(port: number, links: readonly string[]): Promise<Speed> {
  const requests: BenchRequest[] = [];
  await repeat(links.length, 10, async (n) => {
    const guest = new Guest(port);
    const page = await guest.open(links[n] ?? '');
    const [, record = ''] = /name="(records\[\d+\])"/.exec(page) ?? [];
    const form = { ...hiddenFields(page), [record]: 'self', name: 'Amma Owusu', password: admin.password };
    requests.push({ path: '/register', status: 303, headers: guest.headers, form });
  });
  return load(port, requests.length, (n) => requests[n] ?? { path: '/', status: 200 });
}

/** The speed of the site's password hash alone. */
export async function hashSpeed(): Promise<Speed> {
  await repeat(10, 10, hashNew);
  return repeat(HASHES, availableParallelism(), hashNew);
}

/** The speed of verifying link signatures, valid and forged ones alternately. */
export function verifySpeed(): Promise<Speed> {
  const valid = signLinkToken('invitation', randomUUID());
  const forged = valid.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
  return repeat(CHECKS, 1, async (n) => verifyLinkToken('invitation', n % 2 === 0 ? valid : forged));
}

async function pageSpeed(
  port: number,
  requestOf: (n: number) => BenchRequest,
  count = PAGES,
): Promise<Speed> {
  await load(port, count / 5, requestOf);
  return load(port, count, requestOf);
}

// Each from another network, to avoid the rate limit for invalid links.
function forgedLink(n: number): BenchRequest {
  const ip = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': ip };
  return { path: `/register?token=${randomBytes(49).toString('base64url')}`, status: 400, headers };
}

function hashNew(): Promise<string> {
  return hashPassword(admin.password);
}
