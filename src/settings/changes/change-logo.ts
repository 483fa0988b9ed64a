import { createHash } from 'node:crypto';
import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { Logo } from '../logo.ts';
import { readSettings, SettingsRow } from '../settings.ts';

const KILOBYTE = 1024;
export const MAX_LOGO_KILOBYTES = 300;
export const MAX_LOGO_PIXELS = 2000;

// What browsers and nearly all mail programs show. SVG files can contain scripts.
const formats = Object.entries({ png: PNG, jpg: JPG, webp: WEBP });

type Picture = Readonly<{ format: string; width: number; height: number }>;

/**
 * Shows a picture instead of our drawing on every page and in every mail.
 * @throws InvalidInput if it isn't a PNG, JPEG or WebP picture, or too large
 */
export async function setLogo(chunks: AsyncIterable<Buffer>, actor: Actor): Promise<void> {
  const content = await readContent(chunks);
  const { format, width, height } = readPicture(content);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const logo = { logoFile: `${hash}.${format}`, logoWidth: width, logoHeight: height };
  await inTransaction(async () => {
    await queryRows(
      `insert into logos (file, content) values ($1, $2) on conflict (file) do nothing returning file`,
      [logo.logoFile, content],
    );
    await SettingsRow.update(logo, { where: { onlyRow: true } });
    await recordEvent(actor, { action: 'settings.logo-changed', subject: 'settings', subjectId: 'all' });
  });
  await readSettings();
}

/** Shows our drawing again, and deletes the logo and all earlier ones: mails that showed them show the name instead. */
export async function removeLogo(actor: Actor): Promise<void> {
  await inTransaction(async () => {
    const noLogo = { logoFile: null, logoWidth: null, logoHeight: null };
    await SettingsRow.update(noLogo, { where: { onlyRow: true } });
    await Logo.destroy({ where: {} });
    await recordEvent(actor, { action: 'settings.logo-removed', subject: 'settings', subjectId: 'all' });
  });
  await readSettings();
}

async function readContent(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const received: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_LOGO_KILOBYTES * KILOBYTE)
      throw new InvalidInput({ file: t('settings:errors.logoSize', { kilobytes: MAX_LOGO_KILOBYTES }) });
    received.push(chunk);
  }
  return Buffer.concat(received);
}

/** Recognises the format by the content, whatever the file is called. */
function readPicture(content: Buffer): Picture {
  const picture = measure(content);
  if (!picture || Math.min(picture.width, picture.height) < 1)
    throw new InvalidInput({ file: t('settings:errors.logoFormat') });
  if (Math.max(picture.width, picture.height) > MAX_LOGO_PIXELS)
    throw new InvalidInput({ file: t('settings:errors.logoPixels', { pixels: MAX_LOGO_PIXELS }) });
  return picture;
}

/** Returns null if it isn't a picture. */
function measure(content: Buffer): Picture | null {
  try {
    const [format, reader] = formats.find(([, { validate }]) => validate(content)) ?? [];
    if (format === undefined || reader === undefined) return null;
    const { width, height } = reader.calculate(content);
    return { format, width, height };
  } catch {
    return null;
  }
}
