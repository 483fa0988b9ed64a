import { afterEach, describe, expect, it } from 'vitest';
import { config } from '../../src/platform/config/config.ts';
import { readLetterhead } from '../../src/settings/letterhead.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { queryRows } from '../support/database.ts';
import { ageSignIns, newVisitor, signInStaff } from '../support/fixtures.ts';
import { jpegOf, pngOf, previewPicture, webpOf } from '../support/pictures.ts';
import type { Visitor } from '../support/visitor.ts';

const LOGO = '/admin/settings/logo';

async function openLogo(): Promise<Visitor> {
  const admin = await signInStaff('admin');
  await admin.open(LOGO);
  return admin;
}

async function uploadLogo(picture: Buffer): Promise<string> {
  const admin = await openLogo();
  const done = await admin.upload(LOGO, picture, 'crest.png');
  expect(done.text).toContain('Your logo has been saved');
  return done.$('.brand img').attr('src') ?? '';
}

afterEach(async () => {
  await queryRows('update settings set logo_file = null, logo_width = null, logo_height = null');
  await queryRows('delete from logos');
  await readSettings();
});

describe('the logo', () => {
  it('is shown on every page, with the organisation’s name beside it', async () => {
    const path = await uploadLogo(previewPicture);
    const page = await newVisitor().open('/sign-in');
    expect(page.$('.brand img').attr()).toMatchObject({ src: path, width: '1200', height: '630', alt: '' });
    expect(page.$('.brand svg')).toHaveLength(0);
    expect(page.$('.brand').text().trim()).toBe('Alumni Association');
  });

  it('is part of the letterhead of mails as an absolute URL', async () => {
    expect((await readLetterhead()).organisation).toMatchObject({ logo: null, logoUrl: null });
    const path = await uploadLogo(pngOf(400, 200));
    const { organisation } = await readLetterhead();
    expect(organisation.logoUrl).toBe(config.baseUrl + path);
    expect(organisation.logo).toEqual({ path, width: 400, height: 200 });
  });

  it('is sent with its type to anyone, for ever, and without a session', async () => {
    const pictures = { png: pngOf(10, 20), jpeg: jpegOf(30, 40), webp: webpOf(50, 60) };
    for (const [type, picture] of Object.entries(pictures)) {
      const answer = await newVisitor().agent.get(await uploadLogo(picture));
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': `image/${type}`,
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'cross-origin',
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.body).toEqual(picture);
    }
  });

  it('that was replaced is still sent, for the mails that show it', async () => {
    const first = await uploadLogo(pngOf(10, 20));
    const second = await uploadLogo(pngOf(20, 10));
    expect(second).not.toBe(first);
    expect((await newVisitor().agent.get(first)).status).toBe(200);
  });

  it('is gone once an administrator removes it', async () => {
    const path = await uploadLogo(pngOf(10, 20));
    const done = await (await openLogo()).submit(`${LOGO}/removal`);
    expect(done.text).toContain('The logo has been removed');
    expect(done.$('.brand svg')).toHaveLength(1);
    expect((await newVisitor().agent.get(path)).status).toBe(404);
  });

  it('appears in the audit', async () => {
    await uploadLogo(pngOf(10, 20));
    const admin = await openLogo();
    await admin.submit(`${LOGO}/removal`);
    const { text } = await admin.open('/admin/audit');
    expect(text).toContain('changed the logo in the settings');
    expect(text).toContain('removed the logo from the settings');
  });

  it.each([
    ['a text that is called crest.png', Buffer.from('hello'), 'Choose a PNG, JPEG or WebP file'],
    ['an empty file', Buffer.alloc(0), 'Choose a PNG, JPEG or WebP file'],
    [
      'an SVG file',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'Choose a PNG, JPEG or WebP file',
    ],
    ['a GIF file', Buffer.from('GIF89a\x01\0\x01\0'), 'Choose a PNG, JPEG or WebP file'],
    ['a PNG file that was cut', pngOf(10, 10).subarray(0, 14), 'Choose a PNG, JPEG or WebP file'],
    ['a picture without pixels', pngOf(0, 10), 'Choose a PNG, JPEG or WebP file'],
    ['a picture that is too wide', pngOf(2001, 10), 'at most 2,000 pixels wide and high'],
    ['a file that is too large', Buffer.concat([pngOf(10, 10), Buffer.alloc(300 * 1024)]), 'at most 300 kB'],
  ])('can’t be %s', async (_name, content, message) => {
    const refused = await (await openLogo()).upload(LOGO, content, 'crest.png');
    expect(refused.status).toBe(422);
    expect(refused.$('.error-summary').text()).toContain(message);
    expect((await readSettings()).logoFile).toBeNull();
  });

  it('can’t be missing', async () => {
    const refused = await (await openLogo()).submit(LOGO);
    expect(refused.status).toBe(422);
    expect(refused.$('.error-summary').text()).toContain('Choose a file');
  });

  it('can’t be changed without a recent sign-in', async () => {
    const admin = await openLogo();
    await ageSignIns();
    expect((await admin.open(LOGO)).text).toContain('Confirm that it’s you');
  });

  it.each([
    '/logo/x.png',
    '/logo/..%2f..%2fpackage.json',
    `/logo/${'0'.repeat(32)}.svg`,
    `/logo/${'0'.repeat(32)}.png`,
  ])('isn’t found at %s', async (path) => {
    expect((await newVisitor().agent.get(path)).status).toBe(404);
  });
});
