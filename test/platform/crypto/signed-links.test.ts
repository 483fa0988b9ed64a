import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  deriveMailboxCode,
  hashToken,
  isValidMailboxCode,
  reissueLinkToken,
  signLinkToken,
  verifyLinkToken,
} from '../../../src/platform/crypto/signed-links.ts';

const uuid = fc.uuid();

describe('a signed link', () => {
  it('is 66 characters of base64url that name the key and the id', () => {
    fc.assert(
      fc.property(uuid, (id) => {
        const token = signLinkToken('invitation', id);
        expect(token).toMatch(/^[A-Za-z0-9_-]{66}$/);
        expect(Buffer.from(token, 'base64url').subarray(1, 17).toString('hex')).toBe(id.replaceAll('-', ''));
        expect(verifyLinkToken('invitation', token)).toBe(id);
      }),
    );
  });

  it('is refused with any single bit flipped', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verifyLinkToken('invitation', flipped.toString('base64url'))).toBeNull();
    }
  });

  it('is refused in any other spelling of the same bytes', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet]
      .map((last) => token.slice(0, -1) + last)
      .filter((other) => other !== token);
    for (const other of spellings) expect(verifyLinkToken('invitation', other)).toBeNull();
  });

  it('is refused when cut or changed anywhere', () => {
    fc.assert(
      fc.property(uuid, fc.nat(65), fc.stringMatching(/^[A-Za-z0-9_-]{1,9}$/), (id, at, more) => {
        const token = signLinkToken('invitation', id);
        expect(verifyLinkToken('invitation', token.slice(0, at))).toBeNull();
        const changed = token.slice(0, at) + more + token.slice(at + more.length);
        const isWhole = changed.slice(0, 66) === token || changed.replace(/^3D/, '') === token;
        if (!isWhole) expect(verifyLinkToken('invitation', changed)).toBeNull();
      }),
    );
  });

  it('is good with what mail programs and people add to it', () => {
    const added = fc.stringMatching(/^[ \t\r\n.,;:)>"'/=%&\u00a0\u200b\u2028]{0,4}$/);
    fc.assert(
      fc.property(
        uuid,
        fc.nat(66),
        added,
        added,
        fc.string({ maxLength: 200 }),
        (id, at, before, inside, after) => {
          const token = signLinkToken('invitation', id);
          const dirty = `${before}${token.slice(0, at)}${inside}${token.slice(at)}${after.replaceAll('\0', '')}`;
          expect(verifyLinkToken('invitation', dirty)).toBe(id);
          expect(verifyLinkToken('invitation', `3D${dirty}`)).toBe(id);
          expect(verifyLinkToken('password-reset', dirty)).toBeNull();
        },
      ),
    );
  });

  it('is refused with a NUL byte, and in a text that is far too long', () => {
    const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
    expect(verifyLinkToken('invitation', `${token}\0`)).toBeNull();
    expect(verifyLinkToken('invitation', token + 'x'.repeat(1000))).toBeNull();
  });

  it('is refused for another purpose', () => {
    fc.assert(
      fc.property(uuid, (id) => {
        expect(verifyLinkToken('password-reset', signLinkToken('invitation', id))).toBeNull();
      }),
    );
  });

  it('is refused without an exception whatever is sent in its place', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(verifyLinkToken('invitation', anything)).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  it('is none of 100,000 random strings', () => {
    const strings = fc.sample(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Za-z0-9_-]{66}$/)),
      100_000,
    );
    expect(strings.filter((text) => verifyLinkToken('invitation', text) !== null)).toEqual([]);
  });

  it('is another one for every id, even in one moment', () => {
    const ids = fc.sample(uuid, 1000);
    expect(new Set(ids.map((id) => signLinkToken('invitation', id))).size).toBe(new Set(ids).size);
  });
});

describe('the ring of keys', () => {
  const [older, newer, other] = ['11c0ffee', '22c0ffee', '33c0ffee'].map(
    (start) => `${start + '0d1e2f3a4b5c6d7e'.repeat(3)}98badcfe`,
  );
  const ring = async (...keys: (string | undefined)[]) => {
    vi.resetModules();
    vi.stubEnv('LINK_KEYS', keys.join(','));
    const links = await import('../../../src/platform/crypto/signed-links.ts');
    vi.unstubAllEnvs();
    return links;
  };
  const id = '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63';

  it('signs with the first and verifies with all', async () => {
    const before = (await ring(older)).signLinkToken('invitation', id);
    const rotated = await ring(newer, older);
    const after = rotated.signLinkToken('invitation', id);
    expect(after).not.toBe(before);
    expect(rotated.verifyLinkToken('invitation', before)).toBe(id);
    expect((await ring(newer)).verifyLinkToken('invitation', before)).toBeNull();
    expect((await ring(older)).verifyLinkToken('invitation', after)).toBeNull();
  });

  it('refuses a key id that it doesn’t know', async () => {
    const token = (await ring(other)).signLinkToken('invitation', id);
    expect((await ring(newer, older)).verifyLinkToken('invitation', token)).toBeNull();
  });

  it('derives a queued link again after a rotation, and says when its key is gone', async () => {
    const before = (await ring(older)).signLinkToken('invitation', id);
    const rotated = await ring(newer, older);
    expect(rotated.reissueLinkToken('invitation', id, hashToken(before))).toBe(before);
    const gone = await ring(newer);
    expect(() => gone.reissueLinkToken('invitation', id, hashToken(before))).toThrow(
      'no longer in LINK_KEYS',
    );
  });

  it('keeps codes right through a rotation', async () => {
    const code = (await ring(older)).deriveMailboxCode(id);
    expect((await ring(newer, older)).isValidMailboxCode(id, code)).toBe(true);
  });
});

describe('a mailbox code', () => {
  it('is six digits, and no other six digits are right', () => {
    fc.assert(
      fc.property(uuid, fc.integer({ min: 0, max: 999_999 }), (id, guess) => {
        const code = deriveMailboxCode(id);
        expect(code).toMatch(/^\d{6}$/);
        const typed = String(guess).padStart(6, '0');
        expect(isValidMailboxCode(id, typed)).toBe(typed === code);
        expect(isValidMailboxCode(id, code)).toBe(true);
      }),
    );
  });
});

it('a link is derived again only from the hash it was stored with', () => {
  const token = signLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63');
  expect(reissueLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a63', hashToken(token))).toBe(
    token,
  );
  expect(() =>
    reissueLinkToken('invitation', '0b57e1c9-4a8d-4f62-b710-9ce5d84f2a64', hashToken(token)),
  ).toThrow();
});
